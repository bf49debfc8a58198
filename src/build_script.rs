//! Tells cargo that the default theme is part of the program: files that are added to it count as well as changed ones.

#[allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
fn main() {
    println!("cargo:rerun-if-changed=themes/broadside");
}
