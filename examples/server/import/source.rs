//! The file, read and parsed on a thread of its own, with a bar that tells how far it is.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read as _, Seek as _},
    path::Path,
};

use anyhow::Context;
use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;

use super::{
    lines::{Line, MAX_LINE_BYTES, next_line},
    tally::Reason,
};

/// Rows that wait for being written.
const AHEAD: usize = 256;

/// A line with the row in it, or the reason why there is none; or why no more can be read.
pub type Read<R> = anyhow::Result<Numbered<R>>;

/// What makes a row of a line.
pub type Parse<R> = fn(&[u8]) -> Result<R, Reason>;

/// A line of the file.
pub struct Numbered<R> {
    /// Its number, the first line's is 1.
    pub line: u64,
    /// The row.
    pub row: Result<R, Reason>,
}

/// Tells how far the import is: the bar by the bytes of the file, beside it the rows.
pub struct Progress(ProgressBar);

impl Progress {
    /// The bar for this file. Where nobody looks, there is none.
    pub fn over(file: &Path) -> anyhow::Result<Self> {
        let size =
            file.metadata().with_context(|| format!("cannot read {}", file.display()))?.len();
        let style = ProgressStyle::with_template(
            "{bar:40.green} {percent:>3} %  {msg} rows  {elapsed_precise}  about {eta} left",
        )?;
        Ok(Self(ProgressBar::new(size).with_style(style).with_message("0")))
    }

    /// So many rows were read.
    pub fn rows(&self, rows: u64) {
        if rows.is_multiple_of(256) {
            self.0.set_message(rows.to_string());
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// The rows of a file, plain or gzip, in order.
pub fn rows<R: Send + 'static>(
    file: &Path,
    progress: &Progress,
    parse: Parse<R>,
) -> anyhow::Result<mpsc::Receiver<Read<R>>> {
    let name = file.display().to_string();
    let input = open(file, &progress.0).with_context(|| format!("cannot read {name}"))?;
    let (send, receive) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || read(input, &name, parse, &send));
    Ok(receive)
}

fn open(file: &Path, bar: &ProgressBar) -> std::io::Result<Box<dyn BufRead + Send>> {
    let mut file = File::open(file)?;
    let mut magic = [0; 2];
    let zipped = file.read(&mut magic)? == 2 && magic == [0x1f, 0x8b];
    file.rewind()?;
    let input = BufReader::new(bar.wrap_read(file));
    Ok(if zipped { Box::new(BufReader::new(MultiGzDecoder::new(input))) } else { Box::new(input) })
}

fn read<R>(
    mut input: Box<dyn BufRead + Send>,
    name: &str,
    parse: Parse<R>,
    rows: &mpsc::Sender<Read<R>>,
) {
    for line in 1.. {
        let row = match next_line(&mut input) {
            Ok(Some(Line::Whole(text))) => parse(&text),
            Ok(Some(Line::TooLong)) => Err(format!("longer than {MAX_LINE_BYTES} bytes")),
            Ok(None) => return,
            Err(error) => {
                let error = anyhow::Error::new(error);
                let told = error.context(format!("cannot read line {line} of {name}"));
                let _ = rows.blocking_send(Err(told));
                return;
            }
        };
        if rows.blocking_send(Ok(Numbered { line, row })).is_err() {
            return;
        }
    }
}
