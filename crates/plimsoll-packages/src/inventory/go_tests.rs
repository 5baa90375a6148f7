//! Programs made byte by byte, in both shapes that the linker writes (`debug/buildinfo` of the Go project says how).

use super::*;

fn found(bytes: &[u8], step: usize) -> Option<Build> {
    let mut rest = bytes;
    let read = |buffer: &mut [u8]| -> Result<usize, ()> {
        let count = rest.len().min(buffer.len()).min(step);
        let (part, more) = rest.split_at(count);
        buffer[..count].copy_from_slice(part);
        rest = more;
        Ok(count)
    };
    search(read).unwrap()
}

const TEXT: &str = "path\tacme.example/api/cmd\nmod\tacme.example/api\tv1.2.3\th1:x=\ndep\tgolang.org/x/net\tv0.1.0\th1:y=\n\
                    dep\tgithub.com/a/b\tv1.0.0\n=>\tgithub.com/fork/b\tv1.0.1\th1:z=\ndep\tlocal\tv0.0.0\n=>\t./local\t(devel)\n\
                    build\t-compiler=gc\n";

fn marked(text: &str) -> Vec<u8> {
    [MODULES_START, text.as_bytes(), MODULES_END].concat()
}

/// A program with constants at 0x1000 of the file and a writable segment behind them.
fn elf(wide: bool, big: bool, constants: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 0x1000];
    let put = |bytes: &mut Vec<u8>, at: usize, value: u64, size: usize| {
        let all = value.to_be_bytes();
        let mut part = all[8 - size..].to_vec();
        if !big {
            part.reverse();
        }
        bytes[at..at + size].copy_from_slice(&part);
    };
    bytes[..4].copy_from_slice(b"\x7fELF");
    bytes[4] = if wide { 2 } else { 1 };
    bytes[5] = if big { 2 } else { 1 };
    let data_at = 0x1000 + constants.len().next_multiple_of(16);
    let loads = [(0x1000, constants.len(), 4_u64), (data_at, data.len(), 6)];
    if wide {
        put(&mut bytes, 32, 64, 8);
        put(&mut bytes, 54, 56, 2);
        put(&mut bytes, 56, 2, 2);
        for (index, (offset, size, flags)) in loads.into_iter().enumerate() {
            let at = 64 + 56 * index;
            put(&mut bytes, at, 1, 4);
            put(&mut bytes, at + 4, flags, 4);
            put(&mut bytes, at + 8, offset as u64, 8);
            put(&mut bytes, at + 16, 0x40_0000 + offset as u64, 8);
            put(&mut bytes, at + 32, size as u64, 8);
        }
    } else {
        put(&mut bytes, 28, 52, 4);
        put(&mut bytes, 42, 32, 2);
        put(&mut bytes, 44, 2, 2);
        for (index, (offset, size, flags)) in loads.into_iter().enumerate() {
            let at = 52 + 32 * index;
            put(&mut bytes, at, 1, 4);
            put(&mut bytes, at + 4, offset as u64, 4);
            put(&mut bytes, at + 8, 0x40_0000 + offset as u64, 4);
            put(&mut bytes, at + 16, size as u64, 4);
            put(&mut bytes, at + 24, flags, 4);
        }
    }
    bytes.extend_from_slice(constants);
    bytes.resize(data_at, 0);
    bytes.extend_from_slice(data);
    bytes.resize(bytes.len() + 9_000, 7);
    bytes
}

fn varint(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while length > 0x7f {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes
}

/// Go 1.18 and later: everything behind the mark. `before` moves it through the windows.
fn inline(go: &str, text: &str, before: usize) -> Vec<u8> {
    let modules = marked(text);
    let mut data = vec![0; before.next_multiple_of(16)];
    data.extend_from_slice(MARK);
    data.extend_from_slice(&[8, 2]);
    data.resize(before.next_multiple_of(16) + 32, 0);
    data.extend(varint(go.len()));
    data.extend_from_slice(go.as_bytes());
    data.extend(varint(modules.len()));
    data.extend(modules);
    elf(true, false, b"", &data)
}

/// Before: pointers to headers of strings.
fn pointers(wide: bool, big: bool, go: &str, text: &str) -> Vec<u8> {
    let size = if wide { 8 } else { 4 };
    let mut constants = b"\0go1.4 was once; go1.99\0\0".to_vec();
    let go_at = constants.len();
    constants.extend_from_slice(go.as_bytes());
    let modules_at = constants.len();
    let modules = marked(text);
    constants.extend_from_slice(&modules);
    let number = |value: usize| {
        let bytes = (value as u64).to_be_bytes();
        let mut bytes = bytes[8 - size..].to_vec();
        if !big {
            bytes.reverse();
        }
        bytes
    };
    let constant = |at: usize| 0x40_0000 + 0x1000 + at;
    let data_at = 0x40_0000 + 0x1000 + constants.len().next_multiple_of(16);
    let mut data = MARK.to_vec();
    data.extend([size as u8, u8::from(big)]);
    data.extend(number(data_at + 64));
    data.extend(number(data_at + 64 + 2 * size));
    data.resize(64, 0);
    for (at, length) in [(go_at, go.len()), (modules_at, modules.len())] {
        data.extend(number(constant(at)));
        data.extend(number(length));
    }
    elf(wide, big, &constants, &data)
}

fn expected(go: &str) -> Option<Build> {
    let module = |path: &str, version: &str| Module { path: path.into(), version: version.into() };
    Some(Build {
        go: Some(go.into()),
        modules: vec![
            module("acme.example/api", "v1.2.3"),
            module("golang.org/x/net", "v0.1.0"),
            module("github.com/fork/b", "v1.0.1"),
        ],
    })
}

#[test]
fn everything_behind_the_mark() {
    for step in [7, 4096, 1 << 20] {
        for before in [0, 1, CHUNK - 0x1000 - 64, CHUNK - 0x1000 - 16, CHUNK - 0x1000, 3 * CHUNK + 100] {
            assert_eq!(found(&inline("go1.22.1", TEXT, before), step), expected("1.22.1"), "{step} {before}");
        }
    }
    let long: String = (0..4_000).map(|at| format!("dep\tacme.example/{at}\tv1.0.{at}\th1:x=\n")).collect();
    assert_eq!(
        found(&inline("go1.21rc2 X:a", &long, 5), 9_999).map(|build| build.modules.len()),
        Some(4_000)
    );
    let bare = found(&inline("go1.19.8", "", 0), 9_999).unwrap();
    assert_eq!((bare.go.as_deref(), bare.modules.len()), (Some("1.19.8"), 0));
    let devel = found(&inline("devel +abc", TEXT, 0), 9_999).unwrap();
    assert_eq!((devel.go, devel.modules.len()), (None, 3));
}

#[test]
fn pointers_to_what_came_before() {
    for (wide, big) in [(true, false), (true, true), (false, false), (false, true)] {
        for step in [11, 1 << 20] {
            let program = pointers(wide, big, "go1.16.15", TEXT);
            assert_eq!(found(&program, step), expected("1.16.15"), "{wide} {big} {step}");
        }
    }
}

#[test]
fn no_go_program() {
    assert_eq!(found(b"#!/bin/sh\n", 100), None);
    assert_eq!(found(&elf(true, false, b"go1.2", b""), 100), None);
    assert_eq!(found(&elf(true, false, MARK, MARK), 100), None, "a program that looks for the mark");
    let whole = inline("go1.22.1", TEXT, 0);
    for cut in [3, 20, 70, 0x1010, 0x1020, 0x1021, 0x1040] {
        assert_eq!(found(&whole[..cut], 50), None, "{cut}");
    }
}

#[test]
fn files_that_are_looked_at() {
    assert!(is_worth_a_look("app", 0o755, 2 << 20));
    assert!(!is_worth_a_look("app", 0o644, 2 << 20));
    assert!(!is_worth_a_look("bin/true", 0o755, 30_000));
    assert!(!is_worth_a_look("usr/lib/libc.so.6", 0o755, 2 << 20));
}
