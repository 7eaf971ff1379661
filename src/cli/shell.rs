//! `dutybox completions` and `dutybox man`, made from the same table of arguments.

use super::args::Cli;
use super::out::{Failure, Out};
use crate::error::{EXIT_OK, Error, ErrorKind};
use clap::{Command, CommandFactory};
use clap_mangen::Man;

/// Sections of the manual that are no list of options.
const SECTIONS: &[(&str, &str)] = &[
    (
        "MESSAGES AND QUERIES",
        "An ID is the start of a message's name as `dutybox list` prints it, as much of it as is needed to be the only \
         one; MAILDIR/FOLDER/NAME where several folders hold the same name. An ID `-` reads IDs from standard input.\n\
         A QUERY is made of words and field:value, joined by and, or, not and parentheses: `category:vcs2vcs is:unseen`, \
         `call:>=act not is:done`. A wrong field is answered with all that exist.",
    ),
    (
        "EXIT STATUS",
        "0: all went well; an empty list too.\n1: the answer is no: no such message, nothing to undo, something is wrong \
         where the command is a check.\n2: the command line or the configuration is wrong.\n3: the mailbox or the state \
         could not be read or written.",
    ),
    (
        "FILES",
        "$XDG_CONFIG_HOME/dutybox/config.toml: the configuration; no key is needed.\n\
         $XDG_CONFIG_HOME/dutybox/contacts.toml: addresses kept while forwarding.\n\
         $XDG_CONFIG_HOME/dutybox/runbooks/: runbooks laid over the shipped ones.\n\
         $XDG_STATE_HOME/dutybox/: the journal and the outbox.",
    ),
    (
        "ENVIRONMENT",
        "MAILDIR: the Maildir, where none is given or configured.\nVISUAL, EDITOR: edits a reply.\nPAGER: shows a text.\n\
         NO_COLOR: no colours.\nTZ: the zone that times are shown in.",
    ),
];

/// Prints completions.
pub fn completions(shell: clap_complete::Shell, out: &mut Out) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dutybox", &mut script);
    out.bytes(&script);
    EXIT_OK
}

/// Prints the manual page: the program and its options, then each command with its own.
///
/// # Errors
/// Never in practice: it is written into memory.
pub fn man(out: &mut Out) -> Result<u8, Failure> {
    let mut command = Cli::command().after_help("");
    command.build();
    let mut page = Vec::new();
    let written = program(&command, &mut page).and_then(|()| {
        page.extend_from_slice(b".SH COMMANDS\n");
        command.get_subcommands().try_for_each(|sub| about(sub, &mut page))
    });
    written.map_err(|error| Error::new(ErrorKind::State, "cannot make the manual page").because(error))?;
    for (title, text) in SECTIONS {
        page.extend_from_slice(format!(".SH \"{title}\"\n").as_bytes());
        for line in text.lines() {
            page.extend_from_slice(format!("{}\n.br\n", escaped(line)).as_bytes());
        }
    }
    out.bytes(&page);
    Ok(EXIT_OK)
}

fn program(command: &Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    page.extend_from_slice(
        b".SH SYNOPSIS\n\\fBdutybox\\fR [OPTIONS] [MAILDIR]\n.br\n\\fBdutybox\\fR [OPTIONS] COMMAND \\&...\n",
    );
    man.render_description_section(page)?;
    man.render_options_section(page)
}

/// A command and the options that are its own.
fn about(sub: &Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    let own = sub.clone().mut_args(|argument| {
        let hide = argument.is_hide_set() || argument.is_global_set() || argument.get_id() == "help";
        argument.hide(hide)
    });
    let usage = own.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).replace('\n', " ");
    page.extend_from_slice(format!(".SS \"{}\"\n", escaped(&usage).replace('"', "")).as_bytes());
    let what = sub.get_about().map(ToString::to_string).unwrap_or_default();
    page.extend_from_slice(format!("{}.\n", escaped(&what)).as_bytes());
    if own.get_arguments().any(|argument| !argument.is_hide_set()) {
        let mut options = Vec::new();
        Man::new(own.clone()).render_options_section(&mut options)?;
        // Its heading would begin another section.
        let text = String::from_utf8_lossy(&options);
        let body: Vec<&str> = text.lines().filter(|line| !line.starts_with(".SH ")).collect();
        page.extend_from_slice(body.join("\n").as_bytes());
        page.push(b'\n');
    }
    for inner in own.get_subcommands() {
        let what = inner.get_about().map(ToString::to_string).unwrap_or_default();
        page.extend_from_slice(format!(".TP\n\\fB{}\\fR\n{}\n", inner.get_name(), escaped(&what)).as_bytes());
    }
    Ok(())
}

/// Text for roff: no escape, no dash that is broken off, no control line.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
