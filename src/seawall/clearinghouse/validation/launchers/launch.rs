// Runs a driver's drive() and notes, for the harness, a panic that came out of it, and where it came from. A panic that somebody
// catches is none, and one of another thread is that thread's; what aborts ends the process by SIGABRT.
#![feature(backtrace)] // of Rust before 1.65, as Debian 12 has it
#![allow(stable_features)]
use std::backtrace::Backtrace;
use std::io::Write;
use std::panic;
use std::sync::Mutex;

#[path = "/driver/driver.rs"]
mod driver;

const EXIT_EXCEPTION: i32 = 66;
const FRAMES_MAX: usize = 40;
static LAST: Mutex<String> = Mutex::new(String::new());

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let own = std::thread::current().id();
    panic::set_hook(Box::new(move |_| {
        if std::thread::current().id() == own {
            if let Ok(mut last) = LAST.lock() {
                *last = Backtrace::force_capture().to_string();
            }
        }
    }));
    if panic::catch_unwind(|| driver::drive(&path)).is_err() {
        let trace = LAST.lock().map(|text| text.clone()).unwrap_or_default();
        note(&frames(&trace));
        eprintln!("panic");
        std::process::exit(EXIT_EXCEPTION);
    }
}

// Pairs of file and function out of the text of a backtrace: "  12: name" and, below, "at file:line:column".
fn frames(trace: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut name = String::new();
    for line in trace.lines() {
        let text = line.trim_start();
        if let Some(place) = text.strip_prefix("at ") {
            let file = place.split(':').next().unwrap_or("");
            let file = file.replace("/target/src/", "/target/");
            let one = (file.trim_end_matches(".rs").to_string(), last(&name));
            if !found.contains(&one) && found.len() < FRAMES_MAX {
                found.push(one);
            }
        } else if let Some((number, rest)) = text.split_once(": ") {
            if number.bytes().all(|digit| digit.is_ascii_digit()) {
                name = rest.to_string();
            }
        }
    }
    found
}

// The function's own name: the last part of its path that is no closure and no hash, without types in angle brackets.
fn last(path: &str) -> String {
    let mut depth = 0;
    let mut plain = String::new();
    for letter in path.chars() {
        match letter {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let is_hash = |part: &str| part.len() == 17 && part.starts_with('h') && part[1..].bytes().all(|one| one.is_ascii_hexdigit());
    let mut parts: Vec<&str> = plain.split("::").filter(|part| !part.is_empty() && !part.starts_with("{{") && !part.starts_with("{closure")).collect();
    if parts.last().map_or(false, |part| is_hash(part)) {
        parts.pop();
    }
    parts.last().unwrap_or(&"").to_string()
}

fn note(frames: &[(String, String)]) {
    let quoted = |text: &str| -> String {
        let plain = |letter: char| if letter < ' ' || letter > '~' || letter == '"' || letter == '\\' { '_' } else { letter };
        format!("\"{}\"", text.chars().map(plain).collect::<String>())
    };
    let listed: Vec<String> = frames.iter().map(|(file, name)| format!("[{}, {}]", quoted(file), quoted(name))).collect();
    let line = format!("{{\"kind\": \"exception\", \"names\": [\"panic\"], \"frames\": [{}]}}\n", listed.join(", "));
    if let Ok(mut file) = std::fs::OpenOptions::new().create(true).append(true).open("/report/notes.jsonl") {
        let _ = file.write_all(line.as_bytes());
    }
}
