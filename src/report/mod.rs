//! Says what a run told, one file a format. Fed by events alone, so that a saved run can be told again.
//!
//! A new format is one file here and one row in the register at the foot of this page.

mod again;
pub mod changes;
#[cfg(feature = "cli")]
pub(crate) mod explain;
mod github;
#[cfg(feature = "cli")]
pub(crate) mod html;
mod json;
#[cfg(feature = "cli")]
mod junit;
mod matrix;
pub mod merge;
pub mod terminal;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::event::Event;

/// Says what a run tells, in one format, to one place.
pub trait Reporter {
    /// Takes the next event. What is said of it may be said later, with the last event at the latest.
    ///
    /// # Errors
    /// When what is said cannot be written.
    fn event(&mut self, event: &Event) -> io::Result<()>;
}

/// How much a report says, where its format leaves a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// The last line only.
    Quiet,
    /// A line for each case that is no plain pass.
    #[default]
    Usual,
    /// A line for each case.
    Verbose,
}

/// How a report is to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How much it says.
    pub verbosity: Verbosity,
    /// Whether it may use colours.
    pub colour: bool,
}

/// A report that is wanted: its format, and the file it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The format.
    pub format: Format,
    /// The file; standard output where there is none.
    pub file: Option<PathBuf>,
}

/// A file that a report cannot go to.
#[derive(Debug, thiserror::Error)]
#[error("opening `{path}` for the {format} report: {source}")]
pub struct OpenError {
    path: PathBuf,
    format: &'static str,
    source: io::Error,
}

impl Target {
    /// Whether something of it goes to standard output.
    #[must_use]
    pub fn is_on_stdout(&self) -> bool {
        self.file.is_none() || self.format == Format::Github
    }

    /// Opens the file, if there is one, and makes the reporter. A report in a file has no colours.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub fn open(
        &self,
        stdout: impl FnOnce() -> Box<dyn Write>,
        options: Options,
    ) -> Result<Box<dyn Reporter>, OpenError> {
        let failed = |path: PathBuf| move |source| OpenError { path, format: self.format.name(), source };
        if self.format == Format::Github {
            // Only its summary goes to a file: its annotations are for whoever reads standard output.
            let github = github::Github::new(stdout(), options);
            return Ok(Box::new(match github::summary(self.file.as_deref()) {
                Some((path, opened)) => github.with_summary(opened.map_err(failed(path))?),
                None => github,
            }));
        }
        let Some(path) = &self.file else {
            return Ok(self.format.reporter(stdout(), options));
        };
        let file = create(path).map_err(failed(path.clone()))?;
        Ok(self.format.reporter(Box::new(BufWriter::new(file)), Options { colour: false, ..options }))
    }
}

fn create(path: &Path) -> io::Result<File> {
    File::create(path)
}

impl std::str::FromStr for Target {
    type Err = String;

    /// Reads `FORMAT` or `FORMAT=FILE`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err(format!("`{text}` names no file after the `=`")),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let known = || format!("there is no format `{format}`; there are {}", Format::NAMES.join(", "));
        Ok(Self { format: Format::named(format).ok_or_else(known)?, file })
    }
}

/// The register: turns its rows into [`Format`], its names and its reporters.
macro_rules! register {
    ($($(#[$cfg:meta])? $name:literal => $module:ident::$Format:ident,)*) => {
        /// A format of reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Format {
            $($(#[$cfg])? #[doc = concat!("`", $name, "`")] $Format,)*
        }

        impl Format {
            /// The names of all formats.
            pub const NAMES: &'static [&'static str] = &[$($(#[$cfg])? $name),*];

            /// The format of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $($(#[$cfg])? $name => Some(Self::$Format),)* _ => None }
            }

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($(#[$cfg])? Self::$Format => $name,)* }
            }

            /// A reporter that writes to `out`.
            #[must_use]
            pub fn reporter(self, out: Box<dyn Write>, options: Options) -> Box<dyn Reporter> {
                match self { $($(#[$cfg])? Self::$Format => Box::new($module::$Format::new(out, options)),)* }
            }
        }
    };
}

register! {
    "terminal" => terminal::Terminal,
    "json" => json::Json,
    #[cfg(feature = "cli")]
    "html" => html::Html,
    #[cfg(feature = "cli")]
    "junit" => junit::JUnit,
    "github" => github::Github,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_format_and_perhaps_a_file() {
        assert_eq!("json".parse(), Ok(Target { format: Format::Json, file: None }));
        assert_eq!("terminal=a=b".parse(), Ok(Target { format: Format::Terminal, file: Some(PathBuf::from("a=b")) }));
        insta::assert_snapshot!("xml".parse::<Target>().unwrap_err(), @"there is no format `xml`; there are terminal, json, html, junit, github");
        insta::assert_snapshot!("json=".parse::<Target>().unwrap_err(), @"`json=` names no file after the `=`");
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let target = Target { format: Format::Json, file: Some(PathBuf::from("/nonexistent/report.json")) };
        let error = target.open(|| Box::new(io::sink()), Options::default()).err().unwrap();
        insta::assert_snapshot!(error, @"opening `/nonexistent/report.json` for the json report: No such file or directory (os error 2)");
    }
}
