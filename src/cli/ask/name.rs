//! The name of a call on the command line: shells complete it, and a wrong one is not answered with a list of all.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command, Error};

use crate::call::Ask;

/// Takes any text, and tells shells which there are.
#[derive(Clone)]
pub(super) struct CallName;

impl TypedValueParser for CallName {
    type Value = String;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Ask::NAMES.iter().map(PossibleValue::new)))
    }
}
