//! Lines of bounded length.

use std::io::{self, BufRead, Read};

/// The longest line that is read, in bytes: a body of 64 KiB, escaped as badly as can be, and more.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// A line as it was read.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// The line without its end.
    Whole(Vec<u8>),
    /// A line beyond the bound; it was passed over.
    TooLong,
}

/// The next line; none at the end. However long a line is, only the bound is held in memory.
pub fn next_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let bound = MAX_LINE_BYTES as u64 + 1;
    if input.by_ref().take(bound).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    } else if line.len() > MAX_LINE_BYTES {
        input.skip_until(b'\n')?;
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(Line::Whole(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut input: &[u8]) -> Vec<Line> {
        std::iter::from_fn(|| next_line(&mut input).unwrap()).collect()
    }

    #[test]
    fn lines_end_at_line_feeds_and_at_the_end() {
        let whole = |text: &str| Line::Whole(text.as_bytes().to_vec());
        assert_eq!(all(b"a\r\n\nb"), [whole("a"), whole(""), whole("b")]);
        assert_eq!(all(b""), []);
    }

    #[test]
    fn a_line_beyond_the_bound_is_passed_over_and_the_next_one_is_read() {
        let longest = "x".repeat(MAX_LINE_BYTES);
        let input = format!("{longest}\n{longest}x\nnext\n{longest}{longest}");
        let read = all(input.as_bytes());
        assert_eq!(read[0], Line::Whole(longest.into_bytes()));
        assert_eq!(read[1..], [Line::TooLong, Line::Whole(b"next".to_vec()), Line::TooLong]);
    }
}
