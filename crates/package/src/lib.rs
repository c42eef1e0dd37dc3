//! Packages of Lambda functions: a zip with the program as `bootstrap` and files beside it. The same inputs give the same
//! bytes, and what Lambda would refuse, or could not start, is refused here.
//!
//! Knows nothing of the store. Start at [`Package`]; [`Program`] is what its `bootstrap` must be.

mod program;
mod zipped;

pub use program::{Architecture, GLIBC_AL2023, GlibcVersion, NeededSymbol, Program, ProgramError};
pub use zipped::{
    Package, PackageError, Packed, UNZIPPED_BYTES_MAX, UPLOAD_BYTES_MAX, program_of_this_machine, text_in,
};
