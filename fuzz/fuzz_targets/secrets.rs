//! The search for secrets over any text: no panic, ranges inside the text and apart, and time that grows with the length.
#![no_main]

use libfuzzer_sys::fuzz_target;

const PATHS: &[&str] = &[
    "src/a.ts", "a.yaml", "a.json", ".env", "a.ini", "a.sh", "README.md", "a.xml", "k8s/secret.yaml", ".npmrc", ".pgpass",
    "config/master.key", "a.rs", "test/a.py", "a.min.js", "i18n/en.json", "id_rsa", "a.css",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let path = PATHS[usize::from(choice) % PATHS.len()];
    let mut end = 0;
    for found in plimsoll_secrets::scan_text(&text) {
        assert!(found.range.start >= end && !found.range.is_empty() && text.get(found.range.clone()).is_some());
        end = found.range.end;
    }
    let mut end = 0;
    for found in plimsoll_secrets::scan_file(path, &text) {
        let range = found.detection.range;
        assert!(range.start >= end && !range.is_empty() && text.get(range.clone()).is_some());
        end = range.end;
    }
    let (name, value) = text.split_once('=').unwrap_or((&text, ""));
    if let Some(found) = plimsoll_secrets::judge_value(name, value) {
        assert!(value.get(found.range).is_some());
    }
    let _ = plimsoll_secrets::secret_file(name);
    let _ = plimsoll_secrets::is_secret_name(name);
});
