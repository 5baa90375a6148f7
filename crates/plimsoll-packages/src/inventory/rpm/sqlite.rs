//! One table of a SQLite file, read from front to back (<https://www.sqlite.org/fileformat2.html>).
//!
//! Every page is looked at once at most, so that no chain or tree that bites its own tail goes on for ever. Deliberately absent:
//! indexes, queries, texts in UTF-16, and what a write-ahead log has that the file has not.

/// How deep a tree may be: SQLite's own grow by thousands of rows a level.
const MAX_DEPTH: usize = 20;
const MAGIC: &[u8] = b"SQLite format 3\0";

struct File<'b> {
    bytes: &'b [u8],
    page: usize,
    /// Bytes of a page that hold something.
    usable: usize,
    seen: Vec<bool>,
}

/// Hands over every row of a table: its columns, texts and blobs as bytes, all else empty. Whether the file is a database
/// that has the table.
pub(super) fn rows(bytes: &[u8], table: &str, mut take: impl FnMut(Vec<Vec<u8>>)) -> bool {
    let Some(mut file) = File::of(bytes) else { return false };
    let mut root = None;
    file.walk(1, 0, &mut |record| {
        // `type name tbl_name rootpage sql`
        let texts: Vec<&[u8]> = record.iter().map(|column| column.bytes).collect();
        if let [b"table", name, _, ..] = texts[..]
            && name.eq_ignore_ascii_case(table.as_bytes())
        {
            root = record.get(3).map(|column| column.number);
        }
    });
    let Some(root) = root.and_then(|root| usize::try_from(root).ok()).filter(|root| *root > 1) else {
        return false;
    };
    file.walk(root, 0, &mut |record| take(record.iter().map(|column| column.bytes.to_vec()).collect()));
    true
}

struct Column<'r> {
    bytes: &'r [u8],
    number: u64,
}

impl<'b> File<'b> {
    fn of(bytes: &'b [u8]) -> Option<Self> {
        if !bytes.starts_with(MAGIC) {
            return None;
        }
        let page = match big(bytes.get(16..18)?) {
            1 => 65_536,
            size => usize::try_from(size).ok()?,
        };
        let usable = page.checked_sub(usize::from(*bytes.get(20)?))?;
        if !page.is_power_of_two() || page < 512 || usable < 480 {
            return None;
        }
        Some(Self { bytes, page, usable, seen: vec![false; bytes.len().div_ceil(page) + 1] })
    }

    /// A page that nobody has looked at.
    fn page(&mut self, number: usize) -> Option<&'b [u8]> {
        let seen = self.seen.get_mut(number).filter(|seen| !**seen)?;
        *seen = true;
        let start = number.checked_sub(1)?.checked_mul(self.page)?;
        self.bytes.get(start..start + self.usable)
    }

    fn walk(&mut self, number: usize, depth: usize, take: &mut dyn FnMut(&[Column<'_>])) {
        if depth > MAX_DEPTH {
            return;
        }
        let Some(page) = self.page(number) else { return };
        // The first page starts with the header of the file.
        let start = if number == 1 { 100 } else { 0 };
        let at = |offset: usize, length: usize| page.get(start + offset..start + offset + length).map(big);
        let (Some(kind), Some(cells)) = (at(0, 1), at(3, 2)) else { return };
        let interior = kind == 5;
        if !interior && kind != 13 {
            return;
        }
        let first = if interior { 12 } else { 8 };
        for cell in 0..usize::try_from(cells).unwrap_or(0) {
            let Some(place) = at(first + 2 * cell, 2).and_then(|place| usize::try_from(place).ok()) else {
                break;
            };
            let Some(cell) = page.get(place..) else { continue };
            if interior {
                if let Some(child) = cell.get(..4).map(big).and_then(|child| usize::try_from(child).ok()) {
                    self.walk(child, depth + 1, take);
                }
            } else if let Some(payload) = self.payload(cell) {
                record(&payload, take);
            }
        }
        if interior && let Some(right) = at(8, 4).and_then(|right| usize::try_from(right).ok()) {
            self.walk(right, depth + 1, take);
        }
    }

    /// What a cell of a leaf holds, with what overflowed into pages of its own.
    fn payload(&mut self, cell: &[u8]) -> Option<Vec<u8>> {
        let (size, rest) = varint(cell)?;
        let (_, rest) = varint(rest)?;
        let size = usize::try_from(size).ok().filter(|size| *size <= self.bytes.len())?;
        if size <= self.usable - 35 {
            return rest.get(..size).map(<[u8]>::to_vec);
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let all = least + (size - least) % (self.usable - 4);
        let local = if all <= self.usable - 35 { all } else { least };
        let mut payload = rest.get(..local)?.to_vec();
        let mut next = rest.get(local..local + 4).map(big)?;
        while payload.len() < size {
            let page = self.page(usize::try_from(next).ok()?)?;
            next = page.get(..4).map(big)?;
            let part = (size - payload.len()).min(self.usable - 4);
            payload.extend_from_slice(page.get(4..4 + part)?);
        }
        Some(payload)
    }
}

fn record(payload: &[u8], take: &mut dyn FnMut(&[Column<'_>])) {
    let Some((length, mut types)) = varint(payload) else { return };
    let Some(mut values) = usize::try_from(length).ok().and_then(|length| payload.get(length..)) else {
        return;
    };
    let Some(own) = types.len().checked_sub(values.len()) else { return };
    types = types.get(..own).unwrap_or_default();
    let mut columns = Vec::new();
    while let Some((kind, rest)) = varint(types).filter(|_| columns.len() < 64) {
        types = rest;
        let size = match kind {
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            12.. => (kind - 12) / 2,
            _ => 0,
        };
        let Some((value, rest)) = usize::try_from(size).ok().and_then(|size| values.split_at_checked(size))
        else {
            return;
        };
        values = rest;
        columns.push(match kind {
            0..=11 => Column { bytes: &[], number: if kind == 9 { 1 } else { big(value) } },
            _ => Column { bytes: value, number: 0 },
        });
    }
    take(&columns);
}

fn big(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Seven bits a byte, the first ones first, and all eight of a ninth.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        let (bits, more) = if at == 8 { (8, false) } else { (7, byte & 0x80 != 0) };
        value = value << bits | u64::from(if bits == 8 { *byte } else { byte & 0x7f });
        if !more {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}
