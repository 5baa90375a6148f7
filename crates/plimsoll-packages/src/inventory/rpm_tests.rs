//! Databases made byte by byte, after the descriptions of SQLite and rpm.

use super::*;

fn varint(value: usize) -> Vec<u8> {
    let mut groups = vec![(value & 0x7f) as u8];
    let mut rest = value >> 7;
    while rest > 0 {
        groups.insert(0, (rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    groups
}

fn blob(values: &[&[u8]], text: bool) -> Vec<u8> {
    let kind = |value: &[u8]| match (value.len(), text) {
        (0, _) => vec![0],
        (length, true) => varint(13 + 2 * length),
        (length, false) => varint(12 + 2 * length),
    };
    let types: Vec<u8> = values.iter().flat_map(|value| kind(value)).collect();
    [varint(types.len() + 1), types, values.concat()].concat()
}

const PAGE: usize = 512;

/// A leaf with these cells.
fn leaf(cells: &[Vec<u8>], start: usize) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    page[start] = 13;
    page[start + 3..start + 5].copy_from_slice(&(cells.len() as u16).to_be_bytes());
    let mut end = PAGE;
    for (at, cell) in cells.iter().enumerate() {
        end -= cell.len();
        page[end..end + cell.len()].copy_from_slice(cell);
        page[start + 8 + 2 * at..start + 10 + 2 * at].copy_from_slice(&(end as u16).to_be_bytes());
    }
    page
}

/// A file whose table has one leaf for each header below one root.
fn file(table: &str, headers: &[Vec<u8>]) -> Vec<u8> {
    let names = blob(&[b"table", table.as_bytes(), table.as_bytes()], true);
    // The root page as a number of one byte, and no text behind it.
    let length = names[0] as usize;
    let schema =
        [vec![names[0] + 2], names[1..length].to_vec(), vec![1, 0], names[length..].to_vec(), vec![2]]
            .concat();
    let cell = [varint(schema.len()), varint(1), schema].concat();
    let mut first = leaf(&[cell], 100);
    first[..16].copy_from_slice(b"SQLite format 3\0");
    first[16..18].copy_from_slice(&(PAGE as u16).to_be_bytes());
    let mut pages = vec![first, Vec::new()];
    let mut children = Vec::new();
    for (row, header) in headers.iter().enumerate() {
        let payload = blob(&[b"", header], false);
        let least = (PAGE - 12) * 32 / 255 - 23;
        let all = least + payload.len().saturating_sub(least) % (PAGE - 4);
        let local = if payload.len() <= PAGE - 35 {
            payload.len()
        } else if all <= PAGE - 35 {
            all
        } else {
            least
        };
        children.push(pages.len() + 1);
        let mut cell = [varint(payload.len()), varint(row + 1), payload[..local].to_vec()].concat();
        let rest: Vec<&[u8]> = payload[local..].chunks(PAGE - 4).collect();
        if !rest.is_empty() {
            cell.extend((pages.len() as u32 + 2).to_be_bytes());
        }
        pages.push(leaf(&[cell], 0));
        for (at, part) in rest.iter().enumerate() {
            let next = if at + 1 == rest.len() { 0 } else { pages.len() as u32 + 2 };
            let mut page = [next.to_be_bytes().to_vec(), part.to_vec()].concat();
            page.resize(PAGE, 0);
            pages.push(page);
        }
    }
    let mut root = vec![0; PAGE];
    root[0] = 5;
    let (last, others) = children.split_last().unwrap();
    root[3..5].copy_from_slice(&(others.len() as u16).to_be_bytes());
    root[8..12].copy_from_slice(&(*last as u32).to_be_bytes());
    for (at, child) in others.iter().enumerate() {
        let place = PAGE - 8 * (at + 1);
        root[place..place + 4].copy_from_slice(&(*child as u32).to_be_bytes());
        root[place + 4] = at as u8 + 1;
        root[12 + 2 * at..14 + 2 * at].copy_from_slice(&(place as u16).to_be_bytes());
    }
    pages[1] = root;
    pages.concat()
}

enum Value<'v> {
    Text(&'v str),
    Texts(&'v [&'v str]),
    Numbers(&'v [u32]),
}

fn header(tags: &[(u32, Value<'_>)]) -> Vec<u8> {
    let (mut index, mut values) = (Vec::new(), Vec::new());
    for (tag, value) in tags {
        let start = values.len() as u32;
        let (kind, count) = match value {
            Value::Text(text) => {
                values.extend_from_slice(text.as_bytes());
                values.push(0);
                (6, 1)
            }
            Value::Texts(texts) => {
                texts.iter().for_each(|text| values.extend([text.as_bytes(), b"\0"].concat()));
                (8, texts.len())
            }
            Value::Numbers(numbers) => {
                numbers.iter().for_each(|number| values.extend(number.to_be_bytes()));
                (4, numbers.len())
            }
        };
        for number in [*tag, kind, start, count as u32] {
            index.extend(number.to_be_bytes());
        }
    }
    [(tags.len() as u32).to_be_bytes().to_vec(), (values.len() as u32).to_be_bytes().to_vec(), index, values]
        .concat()
}

fn openssl() -> Vec<u8> {
    header(&[
        (1000, Value::Text("openssl-libs")),
        (1001, Value::Text("3.0.7")),
        (1002, Value::Text("27.el9")),
        (1003, Value::Numbers(&[1])),
        (1011, Value::Text("Acme")),
        (1014, Value::Text("ASL 2.0")),
        (1022, Value::Text("x86_64")),
        (1044, Value::Text("openssl-3.0.7-27.el9.src.rpm")),
        (1116, Value::Numbers(&[1, 0, 1])),
        (1117, Value::Texts(&["node", "README", "x"])),
        (1118, Value::Texts(&["/usr/share/doc/", "/usr/bin/"])),
    ])
}

fn plain(name: &str) -> Vec<u8> {
    header(&[
        (1000, Value::Text(name)),
        (1001, Value::Text("1.0")),
        (1002, Value::Text("2")),
        (1044, Value::Text(&format!("{name}-1.0-2.src.rpm"))),
    ])
}

const PATH: &str = "var/lib/rpm/rpmdb.sqlite";

#[test]
fn packages_of_the_database() {
    let long = "x".repeat(3_000);
    let long = header(&[
        (1000, Value::Text("long")),
        (1001, Value::Text("1.0")),
        (1002, Value::Text("2")),
        (1014, Value::Text(&long)),
        (1022, Value::Text("noarch")),
    ]);
    let content = file("Packages", &[openssl(), long, plain("gpg-pubkey"), plain("a")]);
    let database = read(PATH, &content).unwrap();
    let found: Vec<_> = database.packages.iter().map(|listed| (&*listed.name, &*listed.version)).collect();
    assert_eq!(found, [("openssl-libs", "1:3.0.7-27.el9"), ("long", "1.0-2"), ("a", "1.0-2")]);
    let first = &database.packages[0];
    assert_eq!(first.architecture.as_deref(), Some("x86_64"));
    assert_eq!(first.maintainer.as_deref(), Some("Acme"));
    assert_eq!(first.license.as_deref(), Some("ASL 2.0"));
    assert_eq!(first.source, Some(SourcePackage { name: "openssl".into(), version: None }));
    assert_eq!(database.packages[1].architecture.as_deref(), Some("noarch"), "behind what overflowed");
    assert_eq!(database.packages[2].source, None);
    let owned: Vec<&str> = database.owned.iter().flat_map(|owned| &owned.files).map(|file| &**file).collect();
    assert_eq!(owned, ["usr/bin/node", "usr/bin/x"]);
}

#[test]
fn what_is_no_database_of_rpm() {
    for content in [Vec::new(), b"SQLite".to_vec(), vec![0; 4_096], file("Other", &[plain("a")])] {
        assert!(read(PATH, &content).is_err());
    }
    let whole = file("Packages", &[openssl(), plain("a")]);
    for cut in [99, 100, 511, 512, 1_024, 1_500] {
        let found = read(PATH, &whole[..cut]).map(|database| database.packages.len());
        assert!(found.is_ok_and(|count| count < 2) || cut < 1_025, "{cut}");
    }
    // A root that is its own child.
    let mut circle = whole;
    circle[PAGE + 8..PAGE + 12].copy_from_slice(&2_u32.to_be_bytes());
    assert_eq!(read(PATH, &circle).unwrap().packages.len(), 1);
}

#[test]
fn the_list_of_distroless_images() {
    let text = "openssl\t1.1.1k-30.cm2\t1\t1\tMicrosoft Corporation\t(none)\t9\tx86_64\t0\topenssl-1.1.1k-30.cm2.src.rpm\n\
                glibc-iconv\t2.35-6\t1\t1\t\t2\t9\tx86_64\t2\tglibc-2.35-6.src.rpm\nbroken\n";
    let packages = read("var/lib/rpmmanifest/container-manifest-2", text.as_bytes()).unwrap().packages;
    let found: Vec<_> = packages.iter().map(|listed| (&*listed.name, &*listed.version)).collect();
    assert_eq!(found, [("openssl", "1.1.1k-30.cm2"), ("glibc-iconv", "2:2.35-6")]);
    assert_eq!(packages[0].source, None);
    assert_eq!(packages[1].source, Some(SourcePackage { name: "glibc".into(), version: None }));
}

#[test]
fn places() {
    assert_eq!(place("usr/lib/sysimage/rpm/rpmdb.sqlite"), Some(Place::Read));
    assert_eq!(place("usr/lib/sysimage/rpm/Packages.db"), Some(Place::Unread("rpm-ndb")));
    assert_eq!(place("var/lib/rpm/Packages"), Some(Place::Unread("rpm-bdb")));
    assert_eq!(place("srv/rpm/rpmdb.sqlite"), None);
}
