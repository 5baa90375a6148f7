//! The list of names in wide use that are like a popular one: made from a list of such names, one a line, that whoever makes
//! it anew gives by `PLIMSOLL_NAMES=FILE UPDATE=1`. Without `UPDATE` the names of the file that are told are printed, which is
//! how false alarms are counted. Without both, the lists are only held against each other.

use std::path::PathBuf;

use plimsoll_packages::lookalike::{established, likeness, of, popular};

#[test]
fn no_name_of_the_lists_is_told() {
    if let (Ok(path), Ok(_)) = (std::env::var("PLIMSOLL_NAMES"), std::env::var("UPDATE")) {
        let text = std::fs::read_to_string(path).unwrap();
        let mut near: Vec<&str> =
            text.lines().filter(|name| !popular().contains(name) && likeness(name).is_some()).collect();
        near.sort_unstable();
        near.dedup();
        let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/neighbour-names.txt");
        std::fs::write(data, near.join("\n") + "\n").unwrap();
        return;
    }
    if let Ok(path) = std::env::var("PLIMSOLL_NAMES") {
        let text = std::fs::read_to_string(path).unwrap();
        let told: Vec<_> = text.lines().filter_map(|name| Some((name, of(name)?))).collect();
        told.iter().for_each(|(name, (like, how))| eprintln!("{name}\t{like}\t{how:?}"));
        eprintln!("{} of {} names", told.len(), text.lines().count());
    }
    for name in popular().iter().chain(established()) {
        assert_eq!(of(name), None, "{name}");
    }
    assert!(popular().len() > 3_000);
}

/// Names of packages that were taken off the registry, as advisories and the reports of 2017 and 2018 tell them: each was
/// published to be installed in the place of another.
#[test]
fn names_that_were_published_to_be_mistaken_are_told() {
    for (name, meant) in [
        ("crossenv", "cross-env"),
        ("cross-env.js", "cross-env"),
        ("babelcli", "babel-cli"),
        ("jquery.js", "jquery"),
        ("mongose", "mongoose"),
        ("gruntcli", "grunt-cli"),
        ("nodesass", "node-sass"),
        ("mysqljs", "mysql"),
        ("electorn", "electron"),
        ("loadsh", "lodash"),
        ("lodahs", "lodash"),
        ("momnet", "moment"),
        ("jquerry", "jquery"),
        ("axois", "axios"),
        ("discordjs", "discord.js"),
        ("comander", "commander"),
        ("requets", "request"),
        ("yeoman-genrator", "yeoman-generator"),
        ("browserift", "browserify"),
    ] {
        assert_eq!(of(name).map(|(like, _)| like), Some(meant), "{name}");
    }
}
