mod sample;
use plimsoll_report::*;
#[test]
fn show() {
    for (width, detail) in [(100, Detail::Normal), (60, Detail::Verbose), (80, Detail::Quiet)] {
        eprintln!("{}\n#########", human(&sample::sample(), &Style { colour: false, width, detail }));
    }
}
