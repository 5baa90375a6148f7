//! Slips of scripts. The expected values are what ShellCheck 0.11 says of the same scripts (its codes and the columns at
//! which they start), but for the rows marked `ours`, where it is wrong or silent and the reason is beside them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use plimsoll_lens::dockerfile;
use plimsoll_posture::SlipKind;
use plimsoll_text::{SourceKind, Sources};

/// Code and column of every slip of a script, in order.
fn slips(before: &str, script: &str) -> Vec<(u32, usize)> {
    let text = format!("FROM debian\n{before}RUN <<EOF\n{script}\nEOF\n");
    let mut sources = Sources::new();
    let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, &text);
    let reading = dockerfile::read(&sources, id, &dockerfile::Options::default());
    let stage = &reading.recipe.stages[0];
    let (_, run) = stage.runs().next().unwrap();
    assert!(run.understood, "{script}");
    let mut found = Vec::new();
    for slip in &run.traits.slips {
        let code = match slip.kind {
            SlipKind::SplitVariable(_) => 2086,
            SlipKind::SplitOutput => 2046,
            SlipKind::Backticks => 2006,
            SlipKind::UncheckedDirectory if run.traits.stops_on_error => continue,
            SlipKind::UncheckedDirectory => 2164,
            SlipKind::MaskedStatus(_) => 2155,
            SlipKind::EchoedEscape => 2028,
            SlipKind::GlobAsOption => 2035,
            SlipKind::EmptiedRemoval(_) => 2115,
            SlipKind::UncheckedPipe => continue,
        };
        found.push((code, sources.get(id).place(slip.at.start as usize).column));
    }
    found.sort_unstable();
    found
}

fn all(before: &str, rows: &[(&str, &[(u32, usize)])]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(script, expected)| {
            let found = slips(before, script);
            let mut wanted = expected.to_vec();
            wanted.sort_unstable();
            (found != wanted).then(|| format!("{script}\n  expected {wanted:?}\n  found    {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SH: &str = "SHELL [\"/bin/sh\", \"-c\"]\n";
const BASH: &str = "SHELL [\"/bin/bash\", \"-c\"]\n";

#[test]
fn expansions_are_split_where_no_quotes_and_no_grammar_keep_them() {
    all(
        SH,
        &[
            ("echo > $f", &[(2086, 8)]),
            ("cat < $f", &[(2086, 7)]),
            ("cat <<< $f", &[(2086, 9)]),
            ("echo $UNDEF", &[(2086, 6)]),
            ("echo ${X:-a}", &[(2086, 6)]),
            ("echo ${X:-\"a\"}", &[(2086, 6)]),
            ("echo ${X+\"$X\"}", &[]),
            ("\"$X\" $Y", &[(2086, 6)]),
            ("$X a", &[]),
            ("$X$Y a", &[(2086, 1), (2086, 3)]),
            ("case $X in a) echo b;; esac", &[]),
            ("[ -n $X ]", &[(2086, 6)]),
            ("test $X", &[(2086, 6)]),
            ("echo `a` $(b) \"$(c)\" \"`d`\"", &[(2006, 6), (2006, 23), (2046, 6), (2046, 10)]),
            ("echo $(seq 1) $(pgrep a) $(pidof x)", &[(2046, 26)]),
            ("$(a) b", &[]),
            ("echo $(<f)", &[(2046, 6)]),
            ("echo $()", &[]),
            ("echo \"a\\nb\"", &[(2028, 6)]),
            ("echo 'a\\nb'", &[(2028, 6)]),
            ("echo a\\nb", &[]),
            ("echo -e \"a\\nb\"", &[]),
            ("/bin/echo \"a\\nb\"", &[(2028, 11)]),
            ("sudo echo \"a\\nb\"", &[]),
            ("echo \"`a`\"", &[(2006, 7)]),
            ("echo '`a`'", &[]),
            ("echo ``", &[]),
            ("sh -c \"echo `a`\"", &[(2006, 13)]),
            ("eval $X", &[(2086, 6)]),
            ("apt-get install $(cat x) $X", &[(2046, 17), (2086, 26)]),
            ("echo ${X}/a \"b\"$X'c'", &[(2086, 6), (2086, 16)]),
            ("f() { echo $1; }; f a", &[(2086, 12)]),
            ("set -- a b; echo $1", &[(2086, 18)]),
            ("a > /dev/null 2>&1 $X", &[(2086, 20)]),
            ("export X; echo $X", &[(2086, 16)]),
            (
                "echo $HOME $PWD $UID $RANDOM $PATH $LINENO $PPID $SECONDS",
                &[(2086, 6), (2086, 12), (2086, 30)],
            ),
            ("printf -v X a; echo $X", &[(2086, 21)]),
            ("echo ${X/a/b} ${X:0:1} ${!X}", &[(2086, 6), (2086, 15), (2086, 24)]),
            ("echo a{$X,b}", &[(2086, 8)]),
            ("echo {1..3} $((X+1)) $[1]", &[]),
            ("time echo $X", &[(2086, 11)]),
            ("expr $X + 1", &[(2086, 6)]),
            ("kill $! ", &[]),
            (": $X", &[(2086, 3)]),
            ("dirname $(a)", &[(2046, 9)]),
            ("a $(b) > $(c)", &[(2046, 3), (2046, 10)]),
            ("exec $X a", &[]),
            ("command $X a", &[]),
            ("builtin $X", &[]),
            ("$X/a b", &[(2086, 1)]),
            ("\"$X/$Y\" a", &[]),
            ("busybox $X", &[]),
            ("if [ -z $X ]; then a; fi", &[(2086, 9)]),
            ("{ echo $X; } > $Y", &[(2086, 8), (2086, 16)]),
            ("f() { echo $X; }", &[(2086, 12)]),
            ("getopts ab X; echo $X", &[(2086, 20)]),
            ("a || { echo $X; exit 1; }", &[(2086, 13)]),
            ("exec a; echo $X", &[(2086, 14)]),
            ("echo $((X)) $(( $X + 1 )) \"$(( $X ))\"", &[]),
            ("echo \"${X:-$(a)}\" ${Y:-$(b)} ${Y:-`c`}", &[(2006, 35), (2086, 19), (2086, 30)]),
            ("cat <<< \"$(a)\" > $(b)", &[(2046, 18)]),
            ("[[ -n $(a) ]] && b", &[]),
            ("case $(a) in b) c;; esac", &[]),
            ("case x in $(a)) c;; esac", &[]),
            ("case x in $X) c;; esac", &[]),
            ("select x in $(a); do b; done", &[]),
            ("! $(a)", &[]),
            ("eval \"$(a)\" $(b)", &[(2046, 13)]),
            ("echo \"`a`\"`b`", &[(2006, 7), (2006, 11), (2046, 11)]),
            ("sudo $X a", &[(2086, 6)]),
            ("echo x >> $HOME/.bashrc", &[(2086, 11)]),
            ("echo $X$Y\"$Z\"", &[(2086, 6), (2086, 8)]),
            ("echo ${X}", &[(2086, 6)]),
            ("echo \"$X\"$Y", &[(2086, 10)]),
            ("${X} a", &[]),
            ("$(a)/b c", &[(2046, 1)]),
            ("echo -n \"a\\nb\"", &[(2028, 9)]),
            ("echo -E \"a\\nb\"", &[(2028, 9)]),
            ("echo \"C:\\temp\" 'C:\\new'", &[(2028, 6), (2028, 16)]),
            ("echo \"\\`\"", &[]),
        ],
    );
}

#[test]
fn values_are_followed_along_every_way() {
    all(
        SH,
        &[
            ("export A=$B", &[(2086, 10)]),
            ("export A=$(x)", &[(2046, 10), (2155, 8)]),
            ("export A=\"x$(y)z\"", &[(2155, 8)]),
            ("readonly A=$(x)", &[(2046, 12), (2155, 10)]),
            ("A=$(x)", &[]),
            ("local A=$(x)", &[(2046, 9), (2155, 7)]),
            ("declare A=$(x)", &[(2046, 11), (2155, 9)]),
            ("declare -r A=`x`", &[(2006, 14), (2046, 14), (2155, 12)]),
            ("f() { local -r A=$(x); }", &[(2046, 18)]),
            ("f() { local A=$(x); }", &[(2046, 15), (2155, 13)]),
            ("export A=`x` B=1", &[(2006, 10), (2046, 10), (2155, 8)]),
            ("set -e; export A=$(x)", &[(2046, 18), (2155, 16)]),
            ("X=1; echo $X", &[]),
            ("X=; echo $X", &[(2086, 10)]),
            ("if a; then X=1; fi; echo $X", &[(2086, 26)]),
            ("if a; then X=1; else X=2; fi; echo $X", &[]),
            ("X=1 && cd y && echo $X\ntrue", &[]),
            ("X=1; Y=$X/b; echo $Y", &[]),
            ("X=$(a); Y=1$X; echo $Y", &[(2086, 21)]),
            ("for i in a b c; do echo $i; done", &[]),
            ("for i in $Y; do echo $i; done", &[(2086, 22)]),
            ("for i in \"$Y\" b; do echo $i; done", &[(2086, 26)]),
            ("read X; echo $X", &[(2086, 14)]),
            ("X=$((1+2)); echo $X", &[]),
            ("X=1 cmd $X", &[(2086, 9)]),
            ("X=1; echo ${X:-\"a b\"}", &[]),
            ("X=1; echo ${X%.*}", &[]),
            ("(X=1); echo $X", &[(2086, 13)]),
            ("{ X=1; }; echo $X", &[]),
            ("X=1; (echo $X)", &[]),
            ("[ $X = a ]", &[(2086, 3)]),
            ("while [ $i -lt 5 ]; do i=$((i+1)); done", &[(2086, 9)]),
            ("i=0; while [ $i -lt 5 ]; do i=$((i+1)); done", &[]),
            ("X=\"a b\"; echo $X", &[(2086, 15)]),
            ("X='a*'; echo $X", &[(2086, 14)]),
            ("a || X=1; echo $X", &[(2086, 16)]),
            ("if a; then X=1; else exit 1; fi; echo $X", &[]),
            ("a && X=1; echo $X", &[(2086, 16)]),
            ("for i in $(a); do b; done", &[]),
            ("A=`a`", &[(2006, 3)]),
            ("export A=\"$(x)\" && b", &[(2155, 8)]),
            ("X=$Y; X=$(a)", &[]),
            ("echo a=$X", &[(2086, 8)]),
            ("a=$X b=$Y cmd", &[]),
            ("env A=$X cmd", &[(2086, 7)]),
            ("X=a; X=$X$(b); echo $X", &[(2086, 21)]),
            ("f() { X=1; }; f; echo $X", &[]),
            ("X=1; f() { echo $X; }; f", &[]),
            ("X=1; while a; do echo $X; X=$(b); done; echo $X", &[(2086, 23), (2086, 46)]),
            ("X=*.c; echo $X", &[(2086, 13)]),
            ("export X=1; echo $X", &[]),
            ("X=1; export X; echo $X", &[]),
            ("X=1; unset X; echo $X", &[(2086, 20)]),
            ("X=~/a; echo $X", &[]),
            ("X=\"$(a)\"; [ \"$X\" = 1 ] && echo $X", &[(2086, 32)]),
            ("X=$(a); case $X in b) Y=c;; d) Y=e;; esac; echo $Y", &[(2086, 49)]),
            ("X=$(a); case $X in b) Y=c;; d) Y=e;; *) exit 1;; esac; echo $Y", &[]),
            ("X=1 || Y=2; echo $X $Y", &[(2086, 21)]),
            ("X=a; X=${X}b; echo $X", &[]),
            ("X=$'a'; echo $X", &[]),
            ("X=$(a) && echo $X", &[(2086, 16)]),
            ("X=1 | a; echo $X", &[(2086, 15)]),
            ("a | while read b; do echo $b; done", &[(2086, 27)]),
            ("declare -i X; X=$(a); echo $X", &[]),
            ("X+=a; echo $X", &[(2086, 12)]),
            ("X=a; X+=b; echo $X", &[]),
            ("arr=(a b); echo ${arr[0]} ${arr[@]}", &[(2086, 17)]),
            ("if a; then exit 1; fi; X=1; echo $X", &[]),
            ("until a; do X=1; done; echo $X", &[(2086, 29)]),
            ("let X=$Y", &[]),
            ("[[ $X == a ]]", &[]),
            (": ${X:=a}", &[]),
            ("typeset A=$(x)", &[(2046, 11), (2155, 9)]),
            ("export \"A=$(x)\"", &[]),
            ("export A=${B:-$(x)}", &[(2086, 10)]),
            ("export A=$((1+$(x)))", &[]),
            ("export X=$(a) ; echo $X", &[(2046, 10), (2086, 22), (2155, 8)]),
            ("export X=\"$(a)\" ; echo $X", &[(2086, 24), (2155, 8)]),
            ("export X=abc; f() { echo $X; }; X=\"a b\"; f", &[(2086, 26)]),
            ("f() { echo $X; }; X=1", &[]),
            ("X=1; f() { X=\"a b\"; }; echo $X", &[]),
            ("X=1; f() { X=\"a b\"; }; f; echo $X", &[(2086, 32)]),
            ("for i in a \"b c\"; do echo $i; done", &[(2086, 27)]),
            ("for i in 'a b'; do echo $i; done", &[(2086, 25)]),
            ("for i in a b; do X=$i; done; echo $X", &[(2086, 35)]),
            ("for i in a b; do X=$i; echo $X; done", &[]),
            ("for i in a b; do :; done; echo $i", &[(2086, 32)]),
            ("for i; do echo $i; done", &[(2086, 16)]),
            ("X=a:b; X=a=b,c@d~e; echo $X", &[]),
            ("X=\"a\tb\"; echo $X", &[(2086, 15)]),
            ("X='a'\"b\"c; echo $X", &[]),
            ("X=$(a)b; echo $X", &[(2086, 15)]),
            ("X=\"[a]\"; echo $X", &[(2086, 15)]),
            ("X='a?'; echo $X", &[(2086, 14)]),
            ("X='{a,b}'; echo $X", &[]),
            ("X={a,b}; echo $X", &[(2086, 15)]),
            ("X=a\\ b; echo $X", &[(2086, 14)]),
            ("X=\"a\\\"b\"; echo $X", &[]),
            ("X=\"$@\"; echo $X", &[(2086, 14)]),
            ("X=$#; echo $X", &[]),
            ("X=$?; echo $X", &[]),
            ("X=$RANDOM; echo $X", &[]),
            ("X=$1; echo $X", &[(2086, 12)]),
            ("X=1; Y=${X%%a}; echo $Y", &[(2086, 22)]),
            ("X=1; Y=${X:-2}; echo $Y", &[(2086, 22)]),
            ("X=1; Y=\"${X}\"; echo $Y", &[]),
            ("X=$((1)).2; echo $X", &[]),
            (": \"${X:=a}\"; echo $X", &[(2086, 19)]),
            ("X=1; read X; echo $X", &[(2086, 19)]),
            ("X=1; read -r X Y; echo $X", &[(2086, 24)]),
            ("X=1 && a; echo $X", &[]),
            ("a && { X=1; echo $X; }", &[]),
            ("a && { X=1; true; } && echo $X", &[(2086, 29)]),
            ("a && X=1 && b && c $X && d $X", &[(2086, 20), (2086, 28)]),
            ("if a; then X=1; elif b; then X=2; else X=3; fi; echo $X", &[]),
            ("if X=1; then a; fi; echo $X", &[]),
            ("X=1; unset -v X; echo $X", &[(2086, 23)]),
            ("X=1; while a; do X=2; done; echo $X", &[]),
            ("X=1; while a; do X=2; break; done; echo $X", &[]),
            ("X=1; if a; then X=\"$(b)\"; fi; echo $X", &[(2086, 36)]),
            ("X=$(a) && Y=$X && echo $Y", &[(2086, 24)]),
            ("echo a | X=1 b $X", &[(2086, 16)]),
            ("[ \"$X\" ] || X=1; echo $X", &[(2086, 23)]),
            ("[ \"$X\" ] || exit; X=1; return; echo $X", &[(2086, 37)]),
            ("(exit 1); X=1; echo $X", &[]),
            ("false && exit 1; X=1; echo $X", &[]),
            ("export X=1 && export Y=$X && echo $Y", &[(2086, 35)]),
            ("export X=1; export Y=$X/a; echo $Y", &[]),
            ("X[0]=a; echo $X", &[(2086, 14)]),
            ("X=$(a) Y=$(b) c $(d)", &[(2046, 17)]),
            ("test $(a) = b", &[(2046, 6)]),
            ("X=$(cd b; c) && d\ntrue", &[]),
            ("X=$(cd b; c)\ntrue", &[(2164, 5)]),
        ],
    );
}

#[test]
fn commands_and_their_arguments() {
    all(
        SH,
        &[
            ("cd x && X=1 && echo $X\ntrue", &[(2086, 21)]),
            ("for i in *; do echo $i; done", &[(2086, 21)]),
            ("echo ${#X} $# $? $! $$ $- $@ $*", &[(2086, 30)]),
            ("cd $(a) && b\ntrue", &[(2046, 4)]),
            ("cd a\ntrue", &[(2164, 1)]),
            ("cd a || exit\ntrue", &[]),
            ("cd a && b\ntrue", &[]),
            ("b && cd a\ntrue", &[(2164, 6)]),
            ("b && cd a && c\ntrue", &[]),
            ("b && cd a; c\ntrue", &[(2164, 6)]),
            ("cd .. ; cd / ; cd - ; cd ./ ; cd ../..\ntrue", &[(2164, 16)]),
            ("if cd a; then b; fi\ntrue", &[]),
            ("set -e; cd a\ntrue", &[]),
            ("set -eux; cd a\ntrue", &[]),
            ("set -o errexit; cd a\ntrue", &[]),
            ("pushd a; popd\ntrue", &[(2164, 1), (2164, 10)]),
            ("cd\ntrue", &[(2164, 1)]),
            ("cd \"$X\"\ntrue", &[(2164, 1)]),
            ("(cd a; b)\ntrue", &[(2164, 2)]),
            ("(cd a && b)\ntrue", &[]),
            ("(cd a && b); c\ntrue", &[]),
            ("a | (cd b; c)\ntrue", &[(2164, 6)]),
            ("{ cd a; } || exit\ntrue", &[]),
            ("! cd a\ntrue", &[(2164, 3)]),
            ("cd a & b\ntrue", &[(2164, 1)]),
            ("echo a\\\\nb", &[(2028, 6)]),
            ("echo \"a\\\\nb\"", &[(2028, 6)]),
            (
                "echo \"\\t\" \"\\x41\" \"\\033\" \"\\e\" \"\\a\" \"\\\\\" \"\\c\" \"\\q\" \"\\0\" \"\\1\" \"\\u\" \"\\d\" \"\\b\" \"\\f\" \"\\v\" \"\\r\"",
                &[
                    (2028, 6),
                    (2028, 11),
                    (2028, 18),
                    (2028, 25),
                    (2028, 30),
                    (2028, 50),
                    (2028, 55),
                    (2028, 70),
                    (2028, 75),
                    (2028, 80),
                    (2028, 85),
                ],
            ),
            ("echo \"$(echo \"a\\n\")\"", &[(2028, 14)]),
            ("rm *", &[(2035, 4)]),
            ("rm -rf *", &[(2035, 8)]),
            ("rm -- *", &[]),
            ("rm ./*", &[]),
            ("rm ?a", &[(2035, 4)]),
            ("rm *.txt", &[(2035, 4)]),
            ("rm [a]*", &[]),
            ("echo *", &[]),
            ("printf '%s' *", &[]),
            ("chmod +x *.sh", &[(2035, 10)]),
            ("rm -rf a *", &[(2035, 10)]),
            ("sudo rm *", &[(2035, 9)]),
            ("for i in *; do :; done", &[]),
            ("tar cf x.tar *", &[(2035, 14)]),
            ("rm -rf \"$X/\"", &[(2115, 8)]),
            ("rm -rf $X/", &[(2086, 8), (2115, 8)]),
            ("rm -rf $X/*", &[(2086, 8), (2115, 8)]),
            ("rm -rf \"$X\"/*", &[(2115, 8)]),
            ("rm -rf \"${X:?}/\"", &[]),
            ("rm -rf \"$X\"", &[]),
            ("rm -rf $X/usr", &[(2086, 8), (2115, 8)]),
            ("rm -rf /$X", &[(2086, 9), (2115, 8)]),
            ("rm -rf /usr/$X", &[(2086, 13), (2115, 8)]),
            ("rm -rf /var/lib/$X", &[(2086, 17)]),
            ("rm -rf $X/etc/*", &[(2086, 8), (2115, 8)]),
            ("rm -r \"$(a)/\"", &[(2115, 7)]),
            ("rm -f $X/*", &[(2086, 7)]),
            ("rm --recursive $X/*", &[(2086, 16), (2115, 16)]),
            ("rm -rf $X/.*", &[(2086, 8)]),
            ("rm -rf /tmp/$X", &[(2086, 13)]),
            ("rm -rf ~/$X", &[(2086, 10)]),
            ("rm -rf ${X}$Y/", &[(2086, 8), (2086, 12), (2115, 8)]),
            ("rm -rf /$X/", &[(2086, 9), (2115, 8)]),
            ("rm -rf \"/usr/$X/\"", &[(2115, 8)]),
            ("rm -rf /home/$X /root/$X /opt/$X", &[(2086, 14), (2086, 23), (2086, 31), (2115, 8)]),
            ("echo $(cd a; b)\ntrue", &[(2046, 6), (2164, 8)]),
            ("test -n \"$X\" && cd $X && make $X\ntrue", &[(2086, 20), (2086, 31)]),
            ("case x in b) Y=c;; *) Y=e;; esac; echo $Y", &[]),
            ("trap 'rm $X' EXIT", &[]),
            ("find . -name *.c", &[(2035, 14)]),
            ("find . -exec rm -rf {}/$X \\;", &[(2086, 24)]),
            ("rm -rf /var/lib/*", &[]),
            ("rm -rf /var/$X/*", &[(2086, 13), (2115, 8)]),
            ("rm -rf $X*", &[(2086, 8)]),
            ("rm -rf /bin/$X", &[(2086, 13), (2115, 8)]),
            ("rm -rf /opt/$X/*", &[(2086, 13)]),
            ("rm -rf /usr/local/$X", &[(2086, 19), (2115, 8)]),
            ("rm -rf /usr/share/$X", &[(2086, 19), (2115, 8)]),
            ("rm -rf /lib/$X", &[(2086, 13), (2115, 8)]),
            ("rm -rf /srv/$X", &[(2086, 13)]),
            ("rm -rf /root/$X", &[(2086, 14)]),
            ("rm -rf \"${X%/}/\"", &[(2115, 8)]),
            ("rm -rf \"${X:-a}/\" \"${X-a}/\"", &[(2115, 19)]),
            ("rm -r -- $X/", &[(2086, 10), (2115, 10)]),
            ("rm -R $X//", &[(2086, 7), (2115, 7)]),
            ("test a = *b", &[(2035, 10)]),
            ("[ -f *.x ]", &[]),
            ("env FOO=*.x *", &[(2035, 13)]),
            ("pushd -n a\ntrue", &[]),
            ("cd \"\" ; cd '.'\ntrue", &[]),
            ("command cd a\ntrue", &[(2164, 9)]),
            ("\\cd a\ntrue", &[(2164, 1)]),
            ("foo() { cd a; }; foo\ntrue", &[(2164, 9)]),
            ("for i in a*; do echo $i; done", &[(2086, 22)]),
            ("sudo rm -rf $X", &[(2086, 13)]),
            ("time cd a\ntrue", &[(2164, 6)]),
            ("cd a 2>/dev/null\ntrue", &[(2164, 1)]),
            ("cd a; cd b && c\ntrue", &[(2164, 1)]),
            ("cd a # x\ntrue", &[(2164, 1)]),
            ("a; cd b\ntrue", &[(2164, 4)]),
            ("a && (cd b)\ntrue", &[(2164, 7)]),
            ("(cd b)\ntrue", &[(2164, 2)]),
            ("cd a | b\ntrue", &[(2164, 1)]),
            ("while cd a; do b; done\ntrue", &[]),
            ("while b; do cd a; done\ntrue", &[(2164, 13)]),
            ("for x in a; do cd $x; done\ntrue", &[(2164, 16)]),
            ("for x in a; do cd $x; done && b\ntrue", &[]),
            ("function f { cd a; }\ntrue", &[(2164, 14)]),
            ("sh -e -c 'x'; cd a\ntrue", &[(2164, 15)]),
            ("bash -e x; cd a\ntrue", &[(2164, 12)]),
            ("set -ex && cd a; b\ntrue", &[]),
            ("set +e; cd a\ntrue", &[(2164, 9)]),
            ("set -uo pipefail; cd a\ntrue", &[(2164, 19)]),
            ("cd a || true; b\ntrue", &[]),
            ("echo -en \"a\\n\"", &[]),
            ("echo \"a\" -e \"\\n\"", &[]),
            ("echo \"$X\\n\"", &[(2028, 6)]),
            ("echo $X'\\n'", &[(2028, 6), (2086, 6)]),
            ("echo \"\\\\033[0m\" '\\\\n'", &[(2028, 6), (2028, 17)]),
            ("printf \"a\\n\" | echo \"\\n\"", &[(2028, 21)]),
            ("echo 'a\\n' >> f", &[(2028, 6)]),
            ("echo a\\\\n", &[(2028, 6)]),
            ("echo \"\\$a\\n\"", &[(2028, 6)]),
            ("cp *.a b", &[(2035, 4)]),
            ("cp -r -- *", &[]),
            ("xargs rm *", &[(2035, 10)]),
            ("git add *", &[(2035, 9)]),
            ("cat *", &[(2035, 5)]),
            ("ls * ; ls ?*", &[(2035, 4), (2035, 11)]),
            ("zip -r a.zip * -x b", &[(2035, 14)]),
            ("find -name ?a", &[(2035, 12)]),
            ("cd *\ntrue", &[(2035, 4), (2164, 1)]),
            ("mv */* .", &[(2035, 4)]),
            ("mv *\\ b \"*\" '*'", &[(2035, 4)]),
            ("mv \"x\"* *\"x\"", &[(2035, 9)]),
            ("mv $X*", &[(2086, 4)]),
            ("mv **/a", &[(2035, 4)]),
            ("rm !(a)", &[]),
        ],
    );
}

#[test]
fn bash_and_ash_take_an_assignment_as_one_word() {
    all(
        BASH,
        &[
            ("export A=$B", &[]),
            ("export A=$(x)", &[(2155, 8)]),
            ("declare -r A=`x`", &[(2006, 14), (2155, 12)]),
        ],
    );
    all(
        "SHELL [\"/bin/ash\", \"-c\"]\n",
        &[("export A=$B", &[]), ("echo \"a\\n\"", &[]), ("echo $X", &[(2086, 6)])],
    );
}

#[test]
fn where_shellcheck_is_wrong_or_silent() {
    all(
        SH,
        &[
            // A length is a number.
            ("X=${#Y}; echo $X", &[]),
            // Numbers hold no spaces.
            ("for i in {1..3}; do echo $i; done", &[]),
            ("for i in $(seq 3); do echo $i; done", &[]),
            // Nothing comes after the last command of a step, so its failure is the step's.
            ("b && cd a", &[]),
            ("(cd b)", &[]),
            // A text that is not empty cannot become nothing.
            ("X=/a; rm -rf \"$X/\"", &[]),
            // `sudo rm` is `rm`.
            ("sudo rm -rf \"$X/\"", &[(2115, 13)]),
            // `for` is for splitting, whatever the pattern is.
            ("rm -rf $HOME/*", &[(2086, 8)]),
        ],
    );
    // The value is known, and not empty.
    all("ENV DIR=/opt/a\n", &[("rm -rf \"$DIR/\"", &[]), ("echo $DIR", &[])]);
    // One word, by whoever gives it; but perhaps none.
    all("ARG DIR\n", &[("rm -rf \"$DIR/\"", &[(2115, 8)]), ("echo $DIR", &[])]);
}

#[test]
fn a_comment_of_the_script_accepts_a_code() {
    all(
        SH,
        &[
            ("true\n# shellcheck disable=SC2086\necho $X\necho $Y", &[(2086, 6)]),
            ("# shellcheck disable=SC2086,SC2046 # why\necho $X $(a)\necho $Y", &[]),
        ],
    );
}
