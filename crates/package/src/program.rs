//! What an executable file says of where it runs.

use object::LittleEndian as LE;
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64, VER_NDX_LOCAL};
use object::read::elf::{FileHeader, Sym};
use std::fmt;

/// The C library of `provided.al2023`.
pub const GLIBC_AL2023: GlibcVersion = GlibcVersion { major: 2, minor: 34 };
/// Most symbols that a refusal names.
const SYMBOLS_NAMED_MAX: usize = 8;
/// How versions of the C library are called.
const GLIBC: &[u8] = b"GLIBC_";

/// The processor that a program is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit ARM: Graviton.
    Arm64,
}

impl Architecture {
    /// As Lambda calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

/// A version of the C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GlibcVersion {
    /// 2, as ever.
    pub major: u32,
    /// What counts.
    pub minor: u32,
}

impl GlibcVersion {
    /// Reads `GLIBC_2.34`, or `GLIBC_2.2.5`, whose third number does not count.
    fn parse(name: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(name.strip_prefix(GLIBC)?).ok()?;
        let mut numbers = text.split('.').map(str::parse);
        Some(Self { major: numbers.next()?.ok()?, minor: numbers.next()?.ok()? })
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A function of the C library that a program calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededSymbol {
    /// The version from which on the library has it.
    pub version: GlibcVersion,
    /// Its name.
    pub name: String,
}

impl fmt::Display for NeededSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (GLIBC_{})", self.name, self.version)
    }
}

/// Why a file cannot be a function's program.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is no executable of Linux.
    #[error("it is no executable for Linux: {0}")]
    NoExecutable(object::Error),
    /// It is for another processor.
    #[error("it is for a processor that Lambda does not have (machine {0})")]
    Machine(u16),
    /// It wants a loader that the function's system does not have.
    #[error("it wants the loader {0}, which the function's system does not have")]
    Loader(String),
    /// It calls what the function's C library does not have.
    #[error("it needs a newer C library than glibc {library} of the function's system: {}", named(.symbols))]
    Glibc {
        /// What the function's system has.
        library: GlibcVersion,
        /// What is newer, the newest first.
        symbols: Vec<NeededSymbol>,
    },
}

fn named(symbols: &[NeededSymbol]) -> String {
    let more = symbols.len().saturating_sub(SYMBOLS_NAMED_MAX);
    let names: Vec<String> = symbols.iter().take(SYMBOLS_NAMED_MAX).map(ToString::to_string).collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.join(", ") + &rest
}

/// An executable file for Linux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The processor that it is for.
    pub architecture: Architecture,
    /// What it needs of the C library, the newest first; nothing of a static one.
    pub needs: Vec<NeededSymbol>,
}

impl Program {
    /// Reads the file's head and tables. Never panics, whatever the bytes are.
    pub fn read(file: &[u8]) -> Result<Self, ProgramError> {
        let head = FileHeader64::<LE>::parse(file).map_err(ProgramError::NoExecutable)?;
        let endian = head.endian().map_err(ProgramError::NoExecutable)?;
        let architecture = match head.e_machine(endian) {
            EM_X86_64 => Architecture::X86_64,
            EM_AARCH64 => Architecture::Arm64,
            machine => return Err(ProgramError::Machine(machine.0)),
        };
        let mut needs = needs_of(head, endian, file).map_err(ProgramError::NoExecutable)?;
        needs.sort_by(|a, b| b.version.cmp(&a.version).then_with(|| a.name.cmp(&b.name)));
        let loader = loader_of(head, endian, file).map_err(ProgramError::NoExecutable)?;
        if let Some(loader) = loader.filter(|loader| !is_known_loader(loader, architecture)) {
            return Err(ProgramError::Loader(loader));
        }
        Ok(Self { architecture, needs })
    }

    /// Refuses a program that a system with this C library could not start.
    pub fn check(&self, library: GlibcVersion) -> Result<(), ProgramError> {
        let symbols: Vec<_> = self.needs.iter().filter(|needed| library < needed.version).cloned().collect();
        if symbols.is_empty() { Ok(()) } else { Err(ProgramError::Glibc { library, symbols }) }
    }
}

/// Loaders of the two architectures in Amazon Linux.
fn is_known_loader(loader: &str, architecture: Architecture) -> bool {
    loader
        == match architecture {
            Architecture::X86_64 => "/lib64/ld-linux-x86-64.so.2",
            Architecture::Arm64 => "/lib/ld-linux-aarch64.so.1",
        }
}

fn loader_of(head: &FileHeader64<LE>, endian: LE, file: &[u8]) -> object::Result<Option<String>> {
    use object::read::elf::ProgramHeader;
    for segment in head.program_headers(endian, file)? {
        if let Some(path) = segment.interpreter(endian, file)? {
            return Ok(Some(String::from_utf8_lossy(path).into_owned()));
        }
    }
    Ok(None)
}

/// Dynamic symbols that have a version of the C library.
fn needs_of(head: &FileHeader64<LE>, endian: LE, file: &[u8]) -> object::Result<Vec<NeededSymbol>> {
    let sections = head.sections(endian, file)?;
    let symbols = sections.symbols(endian, file, object::elf::SHT_DYNSYM)?;
    let Some(versions) = sections.versions(endian, file)? else { return Ok(Vec::new()) };
    let mut needs = Vec::new();
    for (index, symbol) in symbols.enumerate() {
        if !symbol.is_undefined(endian) {
            continue;
        }
        let version_index = versions.version_index(endian, index);
        if version_index.index() <= VER_NDX_LOCAL {
            continue;
        }
        let Some(version) = versions.version(version_index.into())? else { continue };
        if let Some(version) = GlibcVersion::parse(version.name()) {
            let name = String::from_utf8_lossy(symbols.symbol_name(endian, symbol)?).into_owned();
            needs.push(NeededSymbol { version, name });
        }
    }
    Ok(needs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn this() -> Vec<u8> {
        std::fs::read(std::env::current_exe().unwrap()).unwrap()
    }

    #[test]
    fn versions_are_read_and_compared_by_number() {
        let version = |text: &str| GlibcVersion::parse(text.as_bytes());
        assert_eq!(version("GLIBC_2.34"), Some(GLIBC_AL2023));
        assert_eq!(version("GLIBC_2.2.5"), Some(GlibcVersion { major: 2, minor: 2 }));
        assert!(version("GLIBC_2.9") < version("GLIBC_2.34"));
        for none in ["GLIBC_PRIVATE", "GLIBCXX_3.4", "GLIBC_2", ""] {
            assert_eq!(version(none), None, "{none}");
        }
    }

    #[test]
    fn a_program_of_this_machine_tells_what_it_is_and_needs() {
        let program = Program::read(&this()).unwrap();
        assert_eq!(program.architecture.name(), if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" });
        assert!(program.needs.iter().any(|needed| needed.name == "malloc"), "{:?}", program.needs);
        assert!(program.needs.is_sorted_by(|a, b| b.version <= a.version));
        program.check(GlibcVersion { major: 99, minor: 0 }).unwrap();
        let refused = program.check(GlibcVersion { major: 2, minor: 2 }).unwrap_err().to_string();
        assert!(refused.contains("glibc 2.2") && refused.contains("GLIBC_2.") && refused.contains("more"), "{refused}");
    }

    #[test]
    fn what_is_no_program_is_refused() {
        for file in [&b""[..], b"#!/bin/sh\n", b"\x7fELF", &this()[..64]] {
            assert!(Program::read(file).is_err());
        }
        let mut other = this();
        // e_machine: RISC-V.
        other[18..20].copy_from_slice(&243_u16.to_le_bytes());
        assert!(matches!(Program::read(&other), Err(ProgramError::Machine(243))));
    }

    proptest! {
        #[test]
        fn no_damage_is_a_panic(places in prop::collection::vec((0_usize..4_096, any::<u8>()), 1..32)) {
            // Head and tables, as far as a damaged length may reach.
            let mut file = this();
            let length = file.len();
            for (place, byte) in places {
                file[place % length] = byte;
                let from_the_end = length - 1 - place % length;
                file[from_the_end] = byte;
            }
            let _ = Program::read(&file);
        }
    }
}
