// Reads "a TAB b" lines, writes one of < = > ! a pair: the semver crate's precedence, ! where it refuses one of them.
use std::cmp::Ordering;
use std::io::{self, BufRead, Write};

fn main() {
    let mut said = String::new();
    for line in io::stdin().lock().lines() {
        let line = line.unwrap();
        let (a, b) = line.split_once('\t').unwrap();
        said.push(match (semver::Version::parse(a), semver::Version::parse(b)) {
            (Ok(a), Ok(b)) => match (a.major, a.minor, a.patch, a.pre).cmp(&(b.major, b.minor, b.patch, b.pre)) {
                Ordering::Less => '<',
                Ordering::Equal => '=',
                Ordering::Greater => '>',
            },
            _ => '!',
        });
    }
    io::stdout().write_all(said.as_bytes()).unwrap();
}
