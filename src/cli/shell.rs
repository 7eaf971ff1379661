//! `dutybox completions` and `dutybox man`, made from the same table of arguments.

use super::args::Cli;
use super::out::{Failure, Out};
use crate::error::{EXIT_OK, Error, ErrorKind};
use clap::CommandFactory;

/// Prints completions.
pub fn completions(shell: clap_complete::Shell, out: &mut Out) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "dutybox", &mut script);
    out.bytes(&script);
    EXIT_OK
}

/// Prints the manual page: the program, then each command as a section of its own.
///
/// # Errors
/// Never in practice: it is written into memory.
pub fn man(out: &mut Out) -> Result<u8, Failure> {
    let failed = |error| Error::new(ErrorKind::State, "cannot make the manual page").because(error);
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(failed)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let man = clap_mangen::Man::new(sub.clone());
        let mut text = Vec::new();
        man.render_synopsis_section(&mut text).map_err(failed)?;
        man.render_description_section(&mut text).map_err(failed)?;
        if sub.get_arguments().any(|argument| !argument.is_global_set() && !argument.is_hide_set()) {
            // Global options stand on the program's own page.
            let own = sub.clone().mut_args(|argument| {
                let global = argument.is_global_set();
                argument.hide(global)
            });
            clap_mangen::Man::new(own).render_options_section(&mut text).map_err(failed)?;
        }
        let text = String::from_utf8_lossy(&text).replace("\n.SH ", "\n.SS ");
        let text = text.strip_prefix(".SH ").map_or(text.clone(), |rest| format!(".SS {rest}"));
        page.extend_from_slice(format!(".SH \"DUTYBOX {}\"\n", sub.get_name().to_uppercase()).as_bytes());
        page.extend_from_slice(text.as_bytes());
    }
    out.bytes(&page);
    Ok(EXIT_OK)
}
