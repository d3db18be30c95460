//! Lines of CSV, one by one.

use std::cell::RefCell;

use csv_core::{ReadRecordResult, Reader};

use super::tally::Reason;

/// The most columns of a line.
const MAX_COLUMNS: usize = 64;

thread_local! {
    /// Making one costs much more than reading a line.
    static READER: RefCell<Reader> = RefCell::new(Reader::new());
}

/// The columns of a line, without the quotes around them.
pub struct Columns {
    text: String,
    ends: Vec<usize>,
}

impl Columns {
    /// Of this line.
    pub fn of(line: &[u8]) -> Result<Self, Reason> {
        READER.with_borrow_mut(|reader| {
            reader.reset();
            Self::read(reader, line)
        })
    }

    fn read(reader: &mut Reader, line: &[u8]) -> Result<Self, Reason> {
        let bad = || "not a line of CSV in UTF-8".to_owned();
        let (mut text, mut ends) = (vec![0; line.len() + 1], vec![0; MAX_COLUMNS]);
        let (mut input, mut written, mut columns) = (line, 0, 0);
        loop {
            let (result, read, wrote, ended) = reader.read_record(
                input,
                text.get_mut(written..).ok_or_else(bad)?,
                ends.get_mut(columns..).ok_or_else(bad)?,
            );
            (written, columns) = (written + wrote, columns + ended);
            input = input.get(read..).ok_or_else(bad)?;
            match result {
                // Of an empty input it knows that the line is over.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(format!("more than {MAX_COLUMNS} columns"));
                }
            }
        }
        if columns == 0 {
            return Err("an empty line".to_owned());
        }
        text.truncate(written);
        ends.truncate(columns);
        Ok(Self { text: String::from_utf8(text).map_err(|_| bad())?, ends })
    }

    /// The column of this number, the first one's is 0; empty when there is none.
    pub fn get(&self, column: usize) -> &str {
        let start = if column == 0 { Some(0) } else { self.ends.get(column - 1).copied() };
        let range = start.zip(self.ends.get(column).copied());
        range.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(line: &str) -> Result<Vec<String>, Reason> {
        let columns = Columns::of(line.as_bytes())?;
        Ok((0..columns.ends.len()).map(|column| columns.get(column).to_owned()).collect())
    }

    #[test]
    fn columns_may_have_quotes_commas_and_nothing_in_them() {
        assert_eq!(columns("a,\"b, \"\"c\"\"\",,ä").unwrap(), ["a", "b, \"c\"", "", "ä"]);
        assert_eq!(Columns::of(b"a").unwrap().get(7), "");
        assert_eq!(columns(""), Err("an empty line".to_owned()));
        assert_eq!(columns(&",".repeat(64)), Err("more than 64 columns".to_owned()));
        assert!(Columns::of(b"\xff").is_err());
    }
}
