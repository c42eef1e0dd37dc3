//! How far AWS regions are from one another, and where they are.

use std::collections::BTreeMap;

/// Most regions that a matrix may have.
const REGIONS_MAX: usize = 200;

/// Round-trip times between regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distances {
    places: Vec<Place>,
    rtt_us: BTreeMap<(String, String), RoundTrip>,
}

/// A region, and where it is on a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As AWS names it: `eu-central-1`.
    pub region: String,
    /// The town or state that it is known by.
    pub name: String,
    /// North is positive, in tenths of a degree.
    pub latitude_tenths: i32,
    /// East is positive, in tenths of a degree.
    pub longitude_tenths: i32,
}

/// A round-trip time, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoundTrip {
    pub(crate) p50_us: u64,
    pub(crate) p90_us: u64,
}

/// Why a matrix cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistancesError {
    /// A line is not what is expected.
    #[error("distances: line {line} is not {expected}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What it should be.
        expected: &'static str,
    },
    /// Two regions without a distance.
    #[error("distances: none from {from} to {to}")]
    Missing {
        /// From here.
        from: String,
        /// To there.
        to: String,
    },
    /// Too many regions.
    #[error("distances: at most {REGIONS_MAX} regions are read")]
    TooMany,
}

impl Distances {
    /// The matrix of 33 regions that comes with the program: p50 and p90 of pings over one year, from cloudping.co
    /// (`data/README.md`).
    pub fn aws() -> Self {
        Self::parse(include_str!("../data/regions.csv"), include_str!("../data/rtt.csv"))
            .expect("the files are part of the program and tested")
    }

    /// Reads regions (`region,place,latitude_tenths,longitude_tenths`) and the times between each two of them
    /// (`from_region,to_region,rtt_p50_ms,rtt_p90_ms`, at most three decimals), both with a header. Times between
    /// regions that are not listed are left out.
    pub fn parse(regions_csv: &str, rtt_csv: &str) -> Result<Self, DistancesError> {
        let places = rows(regions_csv).map(|(line, row)| place(line, row)).collect::<Result<Vec<_>, _>>()?;
        if REGIONS_MAX < places.len() {
            return Err(DistancesError::TooMany);
        }
        let rtt_us = rows(rtt_csv).map(|(line, row)| round_trip(line, row)).collect::<Result<BTreeMap<_, _>, _>>()?;
        let distances = Self { places, rtt_us };
        for (from, to) in distances.pairs() {
            if distances.round_trip(from, to).is_none() {
                return Err(DistancesError::Missing { from: from.to_owned(), to: to.to_owned() });
            }
        }
        Ok(distances)
    }

    /// All regions.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The region of that name.
    pub fn place(&self, region: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.region == region)
    }

    /// The time from one region to another and back.
    pub(crate) fn round_trip(&self, from: &str, to: &str) -> Option<RoundTrip> {
        self.rtt_us.get(&(from.to_owned(), to.to_owned())).copied()
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = || self.places.iter().map(|place| place.region.as_str());
        names().flat_map(move |from| names().map(move |to| (from, to)))
    }
}

/// Lines below the header, with their numbers.
fn rows(csv: &str) -> impl Iterator<Item = (usize, &str)> {
    csv.lines().enumerate().skip(1).map(|(index, row)| (index + 1, row)).filter(|(_, row)| !row.is_empty())
}

fn place(line: usize, row: &str) -> Result<Place, DistancesError> {
    let error = DistancesError::Line { line, expected: "region,place,latitude_tenths,longitude_tenths" };
    let fields: Vec<&str> = row.split(',').collect();
    let [region, name, latitude, longitude] = fields[..] else { return Err(error) };
    match (latitude.parse(), longitude.parse()) {
        (Ok(latitude_tenths @ -900..=900), Ok(longitude_tenths @ -1_800..=1_800)) => {
            Ok(Place { region: region.to_owned(), name: name.to_owned(), latitude_tenths, longitude_tenths })
        }
        _ => Err(error),
    }
}

fn round_trip(line: usize, row: &str) -> Result<((String, String), RoundTrip), DistancesError> {
    let error = DistancesError::Line { line, expected: "from_region,to_region,rtt_p50_ms,rtt_p90_ms" };
    let fields: Vec<&str> = row.split(',').collect();
    let [from, to, p50, p90] = fields[..] else { return Err(error) };
    match (microseconds(p50), microseconds(p90)) {
        (Some(p50_us), Some(p90_us)) => Ok(((from.to_owned(), to.to_owned()), RoundTrip { p50_us, p90_us })),
        _ => Err(error),
    }
}

/// `347.55` milliseconds are 347,550.
fn microseconds(ms: &str) -> Option<u64> {
    let (whole, part) = ms.split_once('.').unwrap_or((ms, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || 3 < part.len() || 6 < whole.len() {
        return None;
    }
    format!("{whole}{part:0<3}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_of_aws_is_whole() {
        let aws = Distances::aws();
        assert_eq!(aws.places().len(), 33);
        let near = aws.round_trip("af-south-1", "af-south-1").unwrap();
        assert_eq!(near, RoundTrip { p50_us: 4_460, p90_us: 11_910 });
        assert_eq!(aws.round_trip("af-south-1", "ap-east-1").unwrap().p50_us, 347_550);
    }

    #[test]
    fn faults_are_told_with_their_line() {
        let regions = "region,place,latitude_tenths,longitude_tenths\na,A,0,0\nb,B,10,10\n";
        for (case, regions, rtt, want) in [
            ("a pair is missing", regions, "h\na,a,1,1\na,b,1,1\nb,a,1,1\n", "none from b to b"),
            ("no number", regions, "h\na,a,one,1\n", "line 2 is not from_region"),
            ("too fine", regions, "h\na,a,1.2345,1\n", "line 2 is not from_region"),
            ("off the globe", "h\na,A,901,0\n", "h\n", "line 2 is not region,place"),
        ] {
            let error = Distances::parse(regions, rtt).unwrap_err().to_string();
            assert!(error.contains(want), "{case}: {error}");
        }
    }
}
