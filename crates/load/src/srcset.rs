//! Which size of a picture a browser loads.

use crate::plan::Device;

/// Device pixels of a card's picture: half of a phone's width at two pixels a point, a third of a page on a desktop.
/// What `sizes` says is not worked out.
const PHONE_PIXELS: u32 = 480;
const DESKTOP_PIXELS: u32 = 800;

/// The address that a device takes from a `srcset`: the narrowest that is wide enough, or else the widest.
pub(crate) fn choose(srcset: &str, device: Device) -> Option<&str> {
    let wanted = match device {
        Device::Phone => PHONE_PIXELS,
        Device::Desktop => DESKTOP_PIXELS,
    };
    let candidates = srcset.split(", ").filter_map(|candidate| {
        let mut parts = candidate.trim().trim_end_matches(',').split_ascii_whitespace();
        let address = parts.next()?;
        // Densities (`2x`) and none at all: the picture has one width, whatever it is.
        let width = parts.next().and_then(|width| width.strip_suffix('w')?.parse().ok()).unwrap_or(wanted);
        Some((width, address))
    });
    let by_need = |(width, _): &(u32, &str)| (*width < wanted, width.abs_diff(wanted));
    candidates.min_by_key(by_need).map(|(_, address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_that_is_wide_enough_is_taken() {
        let sizes = "/a-320.webp 320w, /a-640.webp 640w, /a-1200.webp 1200w";
        for (srcset, device, want) in [
            (sizes, Device::Phone, Some("/a-640.webp")),
            (sizes, Device::Desktop, Some("/a-1200.webp")),
            ("/a-320.webp 320w, /b-400.webp 400w", Device::Desktop, Some("/b-400.webp")),
            ("/a.jpg, /b.jpg 2x", Device::Phone, Some("/a.jpg")),
            ("/a.jpg", Device::Phone, Some("/a.jpg")),
            (" , ", Device::Phone, None),
            ("", Device::Phone, None),
        ] {
            assert_eq!(choose(srcset, device), want, "{srcset}");
        }
    }
}
