//! Memory that a process has for itself after it has served pages; files that it maps are told apart.

use crate::arguments::{MemoryPlan, Place};
use crate::browser::Browser;
use crate::server::{Core, Server, Serving};
use crate::store::{Plan, for_reading};
use anyhow::Context;

/// `bench memory`
pub(crate) async fn run(place: &Place, plan: &MemoryPlan) -> anyhow::Result<()> {
    let program = place.program()?;
    for products in &plan.products {
        let store = for_reading(&place.dir, *products).await?;
        let serving = Serving { program: &program, store: &store, core: Core::Any, threads: 0, settings: &[] };
        let server = Server::store(serving).await?;
        let at_first = Memory::of(&server)?;
        let mut browser = Browser::new(server.address);
        let pages = usize::try_from(plan.pages)?;
        let slugs: Vec<String> =
            Plan::of(*products).entries(pages).iter().map(|entry| entry.product.slug.to_string()).collect();
        for slug in slugs.iter().cycle().take(pages) {
            browser.get(&format!("/product/{slug}")).await?.expect_status(200, "a product page")?;
        }
        for path in ["/", "/search?q=kettle", "/search?q=ketle", "/suggest?q=ke", "/category/mugs"] {
            browser.get(path).await?;
        }
        let then = Memory::of(&server)?;
        println!(
            "{products} products: {} MB private after {pages} product pages and a few searches ({} at the start); \
             files mapped: {} MB",
            mb(then.private_kb),
            mb(at_first.private_kb),
            mb(then.files_kb)
        );
    }
    Ok(())
}

/// What `/proc/<pid>/smaps` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Memory {
    /// Pages of its own: anonymous, or of a file and changed.
    private_kb: u64,
    /// Unchanged pages of files, the program's included; the machine can drop them.
    files_kb: u64,
}

impl Memory {
    fn of(server: &Server) -> anyhow::Result<Self> {
        let file = format!("/proc/{}/smaps_rollup", server.process());
        Ok(Self::parse(&std::fs::read_to_string(&file).with_context(|| format!("read {file}"))?))
    }

    fn parse(rollup: &str) -> Self {
        let field = |name: &str| -> u64 {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        // Shared memory and files that were written to are dirty without being anonymous.
        let private_kb = field("Anonymous:").max(field("Private_Dirty:"));
        Self { private_kb, files_kb: field("Rss:").saturating_sub(private_kb) }
    }
}

fn mb(kb: u64) -> String {
    let tenths = kb * 10 / 1_024;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_files_are_told_apart() {
        let rollup = "00400000-7fff ---p 00000000 00:00 0    [rollup]\nRss:  30000 kB\nPrivate_Clean: 15000 kB\n\
                      Private_Dirty:   9900 kB\nAnonymous:  10240 kB\n";
        assert_eq!(Memory::parse(rollup), Memory { private_kb: 10_240, files_kb: 19_760 });
        assert_eq!(mb(10_240), "10.0");
    }
}
