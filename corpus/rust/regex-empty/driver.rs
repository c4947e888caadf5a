// Takes an expression from somebody else, as a search box would.
use regex::Regex;

pub fn drive(path: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    match Regex::new(text.trim()) {
        Ok(found) => println!("{}", found.is_match("gull at berth 4")),
        Err(_) => println!("refused"),
    }
}
