//! Our reading of mail beside other readers': Python's email package and the plain mail-parser library, on all mails of
//! other people. Where two readers differ nobody is right by default; what is held here is how often we agree with
//! Python, that it is not less than before, and that it is more than the plain library does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dutybox::mail::parse;
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};

/// Columns that are compared, and how many mails of a thousand must at least agree with Python.
const FLOORS: [(&str, usize); 9] = [
    ("subject", 989),
    ("from", 991),
    ("from name", 958),
    ("to", 974),
    ("date", 996),
    ("attachments", 994),
    ("attachment names", 988),
    ("attachment contents", 993),
    ("words", 990),
];

/// CRC-32 as zlib has it.
fn crc(bytes: &[u8]) -> u32 {
    let table: Vec<u32> =
        (0..256u32).map(|n| (0..8).fold(n, |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 })).collect();
    !bytes.iter().fold(!0, |crc, byte| table[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8))
}

/// Letters and digits alone, in lower case, with blanks between.
fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What we see, in the form of tests/tools/read_mails.py.
fn ours(raw: &[u8]) -> Value {
    let message = parse::message(raw.to_vec());
    let pairs = |list: &[dutybox::mail::Address]| -> Value {
        list.iter().map(|address| json!([collapse(&address.name), address.addr])).collect()
    };
    let attachments: Value = message
        .parts()
        .iter()
        .filter(|part| part.attachment)
        .map(|part| {
            let bytes = message.part_bytes(part.number).expect("a listed part has bytes");
            let message = part.content_type.starts_with("message/");
            json!({
                "name": part.name.as_deref().map(collapse), "type": part.content_type,
                "size": (!message).then_some(bytes.len()), "crc": (!message).then(|| crc(&bytes)),
            })
        })
        .collect();
    let to = &message.to[..message.to.len() - message.cc.len()];
    json!({
        "subject": message.header("Subject").map(|_| message.subject.as_str()), "from": pairs(&message.from), "to": pairs(to),
        "date": message.date.map(|date| date.time.0), "attachments": attachments, "words": words(&message.body().text),
    })
}

/// What the plain library sees.
fn plain(raw: &[u8]) -> Value {
    // Its debug assertions fail on some mails: those count as unread.
    let Ok(Some(message)) = std::panic::catch_unwind(|| MessageParser::default().parse(raw)) else {
        return Value::Null;
    };
    let pairs = |list: Option<&mail_parser::Address<'_>>| -> Value {
        let all = list.map(|list| list.clone().into_list()).unwrap_or_default();
        all.iter()
            .map(|address| json!([collapse(address.name().unwrap_or_default()), address.address().unwrap_or_default()]))
            .collect()
    };
    let attachments: Value = message
        .attachments()
        .map(|part| {
            let message = part.is_message();
            json!({
                "name": part.attachment_name().map(collapse),
                "size": (!message).then_some(part.contents().len()), "crc": (!message).then(|| crc(part.contents())),
            })
        })
        .collect();
    json!({
        "subject": message.subject().map(collapse), "from": pairs(message.from()), "to": pairs(message.to()),
        "date": message.date().map(mail_parser::DateTime::to_timestamp), "attachments": attachments,
        "words": message.body_text(0).map(|text| words(&text)),
    })
}

/// Which columns two readings agree in.
fn agree(column: &str, ours: &Value, theirs: &Value) -> bool {
    let list = |reading: &Value, name: &str, fields: &[&str]| -> Vec<Value> {
        let all = reading[name].as_array().cloned().unwrap_or_default();
        all.iter().map(|entry| fields.iter().map(|field| entry[*field].clone()).collect()).collect()
    };
    let addresses = |reading: &Value, name: &str, at: usize| -> Vec<String> {
        let all = reading[name].as_array().cloned().unwrap_or_default();
        all.iter().map(|pair| pair[at].as_str().unwrap_or_default().to_owned()).collect()
    };
    match column {
        "subject" => ours["subject"].as_str().unwrap_or_default() == theirs["subject"].as_str().unwrap_or_default(),
        "from" => addresses(ours, "from", 1).first() == addresses(theirs, "from", 1).first(),
        "from name" => addresses(ours, "from", 0).first() == addresses(theirs, "from", 0).first(),
        "to" => addresses(ours, "to", 1) == addresses(theirs, "to", 1),
        "date" => ours["date"] == theirs["date"],
        "attachments" => list(ours, "attachments", &["name"]).len() == list(theirs, "attachments", &["name"]).len(),
        "attachment names" => list(ours, "attachments", &["name"]) == list(theirs, "attachments", &["name"]),
        "attachment contents" => {
            list(ours, "attachments", &["size", "crc"]) == list(theirs, "attachments", &["size", "crc"])
        }
        "words" => {
            let mut have: BTreeMap<&str, usize> = BTreeMap::new();
            for word in ours["words"].as_str().unwrap_or_default().split(' ') {
                *have.entry(word).or_default() += 1;
            }
            let (mut all, mut missing) = (0, 0);
            for word in theirs["words"].as_str().unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
                all += 1;
                match have.get_mut(word) {
                    Some(count) if *count > 0 => *count -= 1,
                    _ => missing += 1,
                }
            }
            missing * 10 <= all
        }
        other => panic!("no column {other}"),
    }
}

fn mails(root: &Path) -> Vec<PathBuf> {
    let (mut mails, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "eml") {
                mails.push(path);
            }
        }
    }
    mails.sort();
    mails
}

/// With `DUTYBOX_DIFFERENCES` set, all readings are written to that file, for people who look into the differences.
#[test]
fn we_agree_with_python_more_often_than_the_plain_library() {
    let Some(root) = std::env::var_os("DUTYBOX_CORPUS") else {
        eprintln!("SKIPPED: the comparison with other readers needs DUTYBOX_CORPUS, the folder that holds corpus/");
        return;
    };
    let paths = mails(&Path::new(&root).join("corpus"));
    assert!(!paths.is_empty(), "there is no mail below {}", Path::new(&root).display());
    let scratch = tempfile::tempdir().unwrap();
    let (list, lines) = (scratch.path().join("paths"), scratch.path().join("lines"));
    let text: Vec<&str> = paths.iter().map(|path| path.to_str().expect("a path in UTF-8")).collect();
    fs::write(&list, text.join("\n")).unwrap();
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/read_mails.py");
    let python = Command::new("python3").arg(tool).arg(&list).stdout(fs::File::create(&lines).unwrap()).spawn();
    let Ok(mut python) = python else {
        eprintln!("SKIPPED: the comparison with other readers needs python3");
        return;
    };
    let mut readings = Vec::new();
    for path in &paths {
        let raw = fs::read(path).unwrap();
        readings.push((ours(&raw), plain(&raw)));
    }
    assert!(python.wait().unwrap().success());
    let lines = fs::read_to_string(&lines).unwrap();
    let theirs: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(theirs.len(), paths.len());
    if let Some(to) = std::env::var_os("DUTYBOX_DIFFERENCES") {
        let mut out = String::new();
        for ((path, (ours, plain)), theirs) in paths.iter().zip(&readings).zip(&theirs) {
            writeln!(out, "{}", json!({"path": path, "ours": ours, "plain": plain, "python": theirs})).unwrap();
        }
        fs::write(to, out).unwrap();
    }
    let mut failures = String::new();
    println!("{:20} {:>6} {:>6} {:>6} (of {} mails that agree with Python)", "", "ours", "plain", "floor", paths.len());
    for (column, floor) in FLOORS {
        let count = |pick: fn(&(Value, Value)) -> &Value| {
            readings.iter().zip(&theirs).filter(|(pair, theirs)| agree(column, pick(pair), theirs)).count()
        };
        let (ours, plain) = (count(|pair| &pair.0), count(|pair| &pair.1));
        println!("{column:20} {ours:>6} {plain:>6} {:>6}", floor * paths.len() / 1000);
        if ours * 1000 < floor * paths.len() || ours <= plain {
            writeln!(failures, "{column}: {ours} agree, {plain} of the plain library, floor {floor} of 1000").unwrap();
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Reliability C47: what the senders of alerts put into them stands in what we read: host, service, state, kind of
/// notification, name and number of alerts.
#[test]
fn what_alerts_are_about_is_in_what_we_read() {
    let Some(root) = std::env::var_os("DUTYBOX_CORPUS") else {
        eprintln!("SKIPPED: the values in alerts need DUTYBOX_CORPUS, the folder that holds corpus/");
        return;
    };
    let source = Path::new(&root).join("corpus/alert-tools-a");
    let Ok(manifest) = fs::read_to_string(source.join("manifest.jsonl")) else {
        eprintln!("SKIPPED: the values in alerts need {}/manifest.jsonl", source.display());
        return;
    };
    let (mut seen, mut missing) = (0, Vec::new());
    for line in manifest.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let file = entry["file"].as_str().unwrap();
        let message = parse::message(fs::read(source.join(file)).unwrap());
        let from = message.from.first().map(|from| format!("{} {}", from.name, from.addr)).unwrap_or_default();
        let read = format!("{} {from} {}", message.subject, message.body().text).to_lowercase();
        for (name, value) in entry["expected_values"].as_object().unwrap() {
            let word = value.as_str().map_or_else(|| value.to_string(), str::to_lowercase);
            // What kind of program it was is not written in its mail, but in the way of it.
            if !matches!(name.as_str(), "tool" | "kind") {
                seen += 1;
                if !read.contains(&word) {
                    missing.push(format!("{file}: {name} {word}"));
                }
            }
        }
    }
    assert!(seen > 200, "only {seen} values");
    println!("{} of {seen} values of alerts are in what we read", seen - missing.len());
    assert!(missing.is_empty(), "{missing:#?}");
}
