//! The configuration: what it says, everything that can be wrong with it (C57), and the example that ships.

use dutybox::config::{self, Config, Fresh, SETTINGS};
use dutybox::ui::theme::Theme;
use std::path::PathBuf;

fn ok(text: &str) -> Config {
    config::parse("config.toml", text).unwrap_or_else(|found| panic!("{}\n{found:?}", text))
}

/// Text, and of each error: `line:column` and a part of what is said.
type Wrong = (&'static str, &'static [(&'static str, &'static str)]);

/// Files that are no TOML.
const NO_TOML: &[Wrong] = &[
    ("me", &[("1:3", "expected")]),
    ("me =", &[("1:5", "")]),
    ("= \"ann\"", &[("1:1", "")]),
    ("me \"ann\"", &[("1:4", "")]),
    ("me = ann", &[("1:6", "")]),
    ("me = \"ann", &[("1:10", "expected `\"`")]),
    ("me = 'ann", &[("1:10", "expected `'`")]),
    ("me = \"\"\"ann", &[("1:12", "")]),
    ("me = '''ann", &[("1:12", "")]),
    ("me = \"a\nb\"", &[("1:8", "invalid basic string"), ("2:2", "")]),
    ("me = \"\\q\"", &[("1:8", "")]),
    ("me = \"\\u12\"", &[("1:", "")]),
    ("me = \"\\uD800\"", &[("1:", "")]),
    ("me = \"a\" \"b\"", &[("1:10", "")]),
    ("me = \"a\" own = \"b\"", &[("1:10", "")]),
    ("me = \"a\"\nme = \"b\"", &[("2:1", "duplicate key")]),
    ("[keys]\n[keys]", &[("2:2", "duplicate key")]),
    ("[keys]\nmark = \"a\"\nmark = \"b\"", &[("3:1", "duplicate key")]),
    ("me = \"a\"\n[me]", &[("2:2", "duplicate key")]),
    ("me = \"a\"\nme.x = 1", &[("2:", "")]),
    ("own = [\"a@example.org\"", &[("1:", "")]),
    ("own = [\"a@example.org\" \"b@example.org\"]", &[("1:", "")]),
    ("own = [,]", &[("1:8", "")]),
    ("[keys", &[("1:", "expected `]`")]),
    ("keys]", &[("1:", "")]),
    ("[]", &[("1:", "")]),
    ("[[keys]", &[("1:", "")]),
    ("[a.]", &[("1:", "")]),
    ("sending = { timeout = 5", &[("1:", "")]),
    ("sending = { timeout = 5 from = \"x\" }", &[("1:", "")]),
    ("sending = { timeout = 5 }\n[sending]", &[("2:", "duplicate key")]),
    ("allow-pipe = True", &[("1:14", "")]),
    ("allow-pipe = yes", &[("1:14", "")]),
    ("[sending]\ntimeout = 1_", &[("2:", "")]),
    ("[sending]\ntimeout = 01", &[("2:", "")]),
    ("[sending]\ntimeout = 0x", &[("2:", "")]),
    ("[sending]\ntimeout = 1.", &[("2:", "")]),
    ("zone = 2013-13-01", &[("1:", "")]),
    ("me = \"a\u{1}\"", &[("1:8", "")]),
    ("me = \"a\" # \u{7f}", &[("1:", "")]),
    ("a b = 1", &[("1:", "")]),
    ("ü = 1", &[("1:1", "")]),
    ("\"me = 1", &[("1:", "")]),
];

/// Good TOML that is no configuration.
const WRONG: &[Wrong] = &[
    ("maildirs = 3", &[("1:12", "`maildirs` must be a text in quotes or an array of them, this is a whole number")]),
    ("maildirs = [\"a\", 3]", &[("1:18", "`maildirs` must be a text in quotes")]),
    ("maildirs = \"\"", &[("1:12", "`maildirs` is empty")]),
    ("maildirs = \"a\\nb\"", &[("1:12", "control character")]),
    ("maildir = \"x\"", &[("1:1", "unknown key `maildir` (did you mean `maildirs`?)")]),
    ("me = [\"ann\"]", &[("1:6", "this is an array")]),
    ("me = 2013-11-21", &[("1:6", "this is a date or time")]),
    ("me = 1.5", &[("1:6", "this is a number with a point")]),
    ("allow-pipe = \"yes\"", &[("1:14", "`allow-pipe` must be true or false without quotes, this is a text")]),
    ("allow-pipe = 1", &[("1:14", "this is a whole number")]),
    ("allow_pipe = true", &[("1:1", "did you mean `allow-pipe`?")]),
    ("preset = \"vim\"", &[("1:10", "`preset` must be one of default, mutt, gmail, emacs, not `vim`")]),
    ("preset = \"gmial\"", &[("1:10", "did you mean `gmail`?")]),
    ("theme = \"Dark\"", &[("1:9", "did you mean `dark`?")]),
    ("theme = true", &[("1:9", "`theme` must be a text in quotes, this is true or false")]),
    ("pager = \"less 'x\"", &[("1:9", "cannot be split into words (quotes must be closed")]),
    ("pager = []", &[("1:9", "`pager` names no command")]),
    ("pager = \" \"", &[("1:9", "`pager` is empty")]),
    ("editor = 1", &[("1:10", "`editor` must be a text in quotes")]),
    ("[open-link]\ncommand = \"x\"", &[("1:1", "`open-link` must be a text in quotes, this is a table")]),
    ("own = \"ann\"", &[("1:7", "`own`: not a usable address: ann (write name@domain)")]),
    ("own = [\"ann@example.org\", \"-x@example.org\"]", &[("1:27", "not a usable address: -x@example.org")]),
    ("sending = 5", &[("1:11", "`sending` must be a table, `[sending]`")]),
    ("[[sending]]\ntimeout = 5", &[("1:1", "`sending` must be a table")]),
    ("[sending]\nsendmial = \"x\"", &[("2:1", "unknown key `sending.sendmial` (did you mean `sendmail`?)")]),
    ("[sending]\ntimeout = 0", &[("2:11", "`sending.timeout` must be a number from 1 to 3600")]),
    ("[sending]\ntimeout = -5", &[("2:11", "from 1 to 3600")]),
    ("[sending]\ntimeout = 99999999999999999999", &[("2:11", "from 1 to 3600")]),
    ("[sending]\ntimeout = \"60\"", &[("2:11", "must be a whole number, this is a text")]),
    ("[sending]\ntimeout = 1.5", &[("2:11", "must be a whole number")]),
    ("[sending]\nfrom = \"Ann\"", &[("2:8", "`sending.from`: not a usable address: Ann")]),
    ("[sending]\nme = \"ann\"", &[("2:1", "`me` belongs above the first table")]),
    ("timeout = 5", &[("1:1", "`timeout` belongs into the table [sending]")]),
    ("[sendin]\ntimeout = 5", &[("1:2", "did you mean `sending`?")]),
    ("[contact]\nann = \"ann@example.org\"", &[("1:2", "did you mean `contacts`?")]),
    ("wibble = 1", &[("1:1", "unknown key `wibble` (there are maildirs, own")]),
    ("contacts = [\"ann\"]", &[("1:12", "`contacts` must be a table")]),
    ("[contacts]\nann = 5", &[("2:7", "`contacts.ann` must be a text in quotes or an array of them")]),
    ("[contacts]\nann = []", &[("2:1", "`ann` has no address")]),
    ("[contacts]\nann = \"bob\"", &[("2:7", "`bob` is no address and no contact")]),
    ("[contacts]\nann = \"ann@\"", &[("2:7", "`contacts.ann`: not a usable address")]),
    ("[contacts]\nhwine = \"h@example.org\"\nduty = [\"hwien\"]", &[("3:9", "did you mean `hwine`?")]),
    ("[contacts]\na = [\"b\"]\nb = [\"a\"]", &[("2:6", "leads back to itself"), ("3:6", "leads back to itself")]),
    ("[contacts]\nann = \"a@example.org\"\nAnn = \"b@example.org\"", &[("3:1", "are the same name")]),
    ("[contacts]\n\"a@b\" = \"a@example.org\"", &[("2:1", "is no name for a contact")]),
    ("[contacts]\n\"\" = \"a@example.org\"", &[("2:1", "is no name for a contact")]),
    ("[contacts.ann]\nmail = \"a@example.org\"", &[("1:1", "`contacts.ann` must be a text in quotes")]),
    ("[aliases]\nhal = \"hwine\"", &[("2:7", "alias `hal`: there is no contact `hwine` (add `hwine = ")]),
    (
        "[contacts]\nhwine = \"h@example.org\"\n[aliases]\nhwine = \"hwine\"",
        &[("4:1", "alias `hwine` is the name of a contact")],
    ),
    ("[aliases]\nhal = 1", &[("2:7", "`aliases.hal` must be a text in quotes")]),
    ("[keys]\nmark = 5", &[("2:8", "`keys.mark` must be a text in quotes or an array of them")]),
    ("[keys]\nmark = \"\"", &[("2:8", "`keys.mark` is empty")]),
    ("[keys.mark]\nkey = \"m\"", &[("1:1", "`keys.mark` must be a text in quotes")]),
    ("[colors]\npage = [\"red\"]", &[("2:8", "`colors.page` must be a text in quotes")]),
    (
        "horizon = 7",
        &[("1:11", "`horizon` must be a duration in quotes (\"90s\", \"5m\", \"7d\"), this is a whole number")],
    ),
    ("horizon = \"a week\"", &[("1:11", "`horizon`: `a week` is no time: write one like \"90s\"")]),
    ("grace = \"m5\"", &[("1:9", "`grace`: `m5` is no time")]),
    ("fresh = \"clok\"", &[("1:9", "`fresh` must be one of mail, clock, not `clok` (did you mean `clock`?)")]),
    ("fresh = true", &[("1:9", "`fresh` must be a text in quotes, this is true or false")]),
    ("stamp = []", &[("1:9", "`stamp` must be a text in quotes, this is an array")]),
    ("archives = 1", &[("1:12", "`archives` must be a text in quotes or an array of them")]),
    ("hosts = [\"ann@example.org\"]", &[("1:10", "`hosts`: `ann@example.org` is no name of a machine")]),
    ("[freshness]\nfresh = \"clock\"", &[("2:9", "`freshness.fresh` must be a table")]),
    ("[freshness.\"~/Maildir\"]\nfresh = \"x\"", &[("2:9", "`freshness.~/Maildir.fresh` must be one of")]),
    ("[freshness.\"~/Maildir\"]\nstmp = \"x\"", &[("2:1", "unknown key `freshness.~/Maildir.stmp` (there are fresh")]),
    ("[instances]\ni-123 = \"a\"", &[("2:1", "`i-123` is no instance id (`i-` and 8 or 17 digits")]),
    ("[instances]\ni-02cc2669 = 5", &[("2:14", "`instances.i-02cc2669` must be a text in quotes")]),
    ("[page]\ncomand = \"x\"", &[("2:1", "unknown key `page.comand` (did you mean `command`?)")]),
    ("[page]\ntimeout = 0", &[("2:11", "`page.timeout` must be a number from 1 to 3600")]),
    ("[page]\ncommand = \"page 'x\"", &[("2:11", "cannot be split into words")]),
    ("[alert]\nbell = \"no\"", &[("2:8", "`alert.bell` must be true or false without quotes")]),
    ("[alert]\nbel = true", &[("2:1", "unknown key `alert.bel` (did you mean `bell`?)")]),
    ("bell = true", &[("1:1", "`bell` belongs into the table [alert]")]),
    (
        "ownn = \"a\"\npreset = 3\n[sending]\ntimeout = 0\n",
        &[("1:1", "`ownn`"), ("2:10", "`preset`"), ("4:11", "`sending.timeout`")],
    ),
];

#[test]
fn whatever_is_wrong_is_said_with_line_and_column() {
    let mut failures = Vec::new();
    for (text, expected) in NO_TOML.iter().chain(WRONG) {
        let found = match config::parse("config.toml", text) {
            Ok(_) => {
                failures.push(format!("{text:?} was taken"));
                continue;
            }
            Err(found) => found,
        };
        let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
        let fits = shown.len() == expected.len()
            && shown.iter().zip(*expected).all(|(line, (place, reason))| {
                line.starts_with(&format!("config.toml:{place}")) && line.contains(reason) && line.contains(": error: ")
            });
        if !fits {
            failures.push(format!("{text:?}\n  said     {shown:#?}\n  expected {expected:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of them:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn no_key_is_needed() {
    assert_eq!(ok(""), Config::default());
    assert_eq!(ok("# only a comment\n\n[keys]\n"), Config::default());
    assert_eq!(ok("\u{feff}me = \"ann\"\r\n").me.as_deref(), Some("ann"));
}

#[test]
fn commands_are_words_or_split_into_words() {
    let config = ok("pager = \"less -R '+G x'\"\neditor = [\"my editor\", \"-n\"]");
    assert_eq!(config.pager.unwrap(), ["less", "-R", "+G x"]);
    assert_eq!(config.editor.unwrap(), ["my editor", "-n"]);
}

#[test]
fn what_tells_how_fresh_a_maildir_is() {
    let config = ok(concat!(
        "fresh = \"clock\"\nstamp = \"~/.stamp\"\n",
        "[freshness.\"~/a\"]\nfresh = \"mail\"\n[freshness.\"~/b\"]\nstamp = \"~/.b\"\n[freshness.\"~/c\"]\n",
    ));
    let fresh = |clock, stamp: Option<&str>| Fresh { clock, stamp: stamp.map(PathBuf::from) };
    assert_eq!(config.fresh, fresh(true, Some("~/.stamp")));
    let named = [(PathBuf::from("~/a"), fresh(false, None)), (PathBuf::from("~/b"), fresh(false, Some("~/.b")))];
    assert_eq!(config.freshness, named);
}

#[test]
fn times_are_written_as_people_say_them() {
    let config = ok("horizon = \"1w2d\"\ngrace = \"90s\"");
    assert_eq!((config.horizon, config.grace), (9 * 24 * 3600, 90));
    assert_eq!((ok("").horizon, ok("").grace), (7 * 24 * 3600, 120));
}

#[test]
fn instances_have_short_and_long_ids() {
    let config = ok("[instances]\ni-02cc2669 = \"buildbot-master1\"\ni-0123456789ABCDEF0 = \"b2\"");
    assert_eq!(config.instances["i-02cc2669"], "buildbot-master1");
    assert_eq!(config.instances["i-0123456789abcdef0"], "b2");
}

#[test]
fn nobody_is_paged_and_nothing_is_run_unless_a_command_is_configured() {
    let config = ok("");
    assert_eq!((config.page, config.alert.command), (None, None));
    let config = ok("[page]\ncommand = \"page 'on call'\"\ntimeout = 5\n[alert]\nbell = false\ncommand = [\"notify\"]");
    assert_eq!(config.page.unwrap(), ["page", "on call"]);
    assert_eq!((config.page_timeout, config.alert.bell, config.alert.title), (5, false, true));
    assert_eq!(config.alert.command.unwrap(), ["notify"]);
}

#[test]
fn one_text_stands_for_an_array_of_one() {
    let config = ok("maildirs = \"~/Maildir\"\n[keys]\nmark = \"M\"\ntrash = []");
    assert_eq!(config.maildirs, [PathBuf::from("~/Maildir")]);
    assert_eq!(config.keys["mark"], ["M"]);
    assert!(config.keys["trash"].is_empty());
}

#[test]
fn contacts_groups_and_aliases_resolve_to_addresses() {
    let config = ok(r#"
[contacts]
hwine = "hwine@example.org"
catlee = ["catlee@example.org"]
buildduty = [":hwine", "catlee", "duty@example.org", "hwine@example.org"]
"vcs-sync folk" = "buildduty"
[aliases]
hal = "hwine"
duty = ":buildduty"
"#);
    let of = |who: &str| config.resolve(who).unwrap_or_default().join(" ");
    assert_eq!(of("hwine"), "hwine@example.org");
    assert_eq!(of(":HWine"), "hwine@example.org");
    assert_eq!(of("hal"), "hwine@example.org");
    assert_eq!(of("duty"), "hwine@example.org catlee@example.org duty@example.org");
    assert_eq!(of("vcs-sync folk"), of("buildduty"));
    assert_eq!(of("x@example.org"), "x@example.org");
    assert_eq!(of("X Y <x@example.org>"), "x@example.org");
    for unknown in ["", "nobody", "x@", "-x@example.org", "x@example.org\nBcc: y@example.org", "duty@example.org@"] {
        assert_eq!(config.resolve(unknown), None, "{unknown:?}");
    }
}

#[test]
fn kept_contacts_are_lines_with_or_without_a_heading() {
    let plain = config::parse_contacts("contacts.toml", "rail = \"rail@example.org\"\n").unwrap();
    let headed = config::parse_contacts("contacts.toml", "[contacts]\nrail = [\"rail@example.org\"]\n").unwrap();
    assert_eq!(plain, headed);
    let wrong = config::parse_contacts("contacts.toml", "rail = \"rail\"\n").unwrap_err();
    assert!(wrong[0].to_string().starts_with("contacts.toml:1:8: error: "), "{}", wrong[0]);
}

#[test]
fn the_place_of_a_key_is_found_again() {
    let text = "me = \"a\"\n\n[keys]\n  mark = \"m\"\n";
    assert_eq!(config::position(text, "me"), Some((1, 1)));
    assert_eq!(config::position(text, "keys"), Some((3, 2)));
    assert_eq!(config::position(text, "keys.mark"), Some((4, 3)));
    assert_eq!(config::position(text, "keys.trash"), None);
}

/// The example with every setting switched on: a setting is a line `#key = …`, text has a blank after the `#`.
fn example() -> String {
    let text = include_str!("../../examples/config.toml");
    let on = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest.to_string(),
        _ => line.to_string(),
    };
    text.lines().map(on).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_holds_every_setting_and_no_other() {
    let example = example();
    ok(&example);
    let mut keys: Vec<String> = Vec::new();
    let mut table = String::new();
    for line in example.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']').to_string();
        } else if let Some((key, _)) = line.split_once(" = ") {
            let key = match table.as_str() {
                "" => key.to_string(),
                "sending" | "page" | "alert" => format!("{table}.{key}"),
                named => format!("{}.*", named.split('.').next().unwrap()),
            };
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    let settings: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
    assert_eq!(keys, settings);
}

#[test]
fn the_example_as_it_ships_changes_nothing() {
    assert_eq!(ok(include_str!("../../examples/config.toml")), Config::default());
}

#[test]
fn the_keys_of_the_example_do_not_conflict() {
    let config = ok(&example());
    for preset in ["default", config.preset.as_str()] {
        dutybox::app::keymap::Keymap::new(preset, &config.keys).unwrap();
    }
}

#[test]
fn presets_and_themes_are_those_that_exist() {
    assert_eq!(config::PRESETS, dutybox::app::keymap::PRESETS);
    for theme in config::THEMES {
        Theme::new(theme, &ok(&example()).colors, false).unwrap();
    }
}
