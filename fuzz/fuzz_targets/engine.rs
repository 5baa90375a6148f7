//! Any bytes as the answer of an engine, and as its address. Reading must end, not panic, and hold no more than it was told to; an
//! address that is taken is taken again as it is shown.
#![no_main]

use std::io::BufReader;

use libfuzzer_sys::fuzz_target;
use plimsoll_engine::Address;
use plimsoll_engine::http::Reply;

const MOST: usize = 1024;

fuzz_target!(|data: &[u8]| {
    // A buffer of one byte splits everywhere: what is read must not depend on it.
    let whole = Reply::read(data, false).ok().and_then(|reply| reply.up_to(MOST).ok());
    let split = Reply::read(BufReader::with_capacity(1, data), false);
    let split = split.ok().and_then(|reply| reply.up_to(MOST).ok());
    assert_eq!(whole, split);
    assert!(whole.is_none_or(|(bytes, _)| bytes.len() <= MOST));
    if let Some(address) = std::str::from_utf8(data).ok().and_then(|text| Address::parse(text, None).ok()) {
        let shown = address.to_string();
        assert_eq!(Address::parse(&shown, None).unwrap().to_string(), shown);
    }
});
