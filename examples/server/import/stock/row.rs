//! A line of an invoice.

use chrono::{NaiveDateTime, Timelike};
use erp_core::{
    money::Decimal,
    text,
    time::{Timestamp, tz::Zone},
};

use crate::import::{csv::Columns, tally::Reason};

/// The columns that are read: the first line of the file names them.
const COLUMNS: [&str; 6] =
    ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice"];

/// Codes that stand for no goods: what they are is known of this shop.
const SERVICES: &[(&str, &str)] = &[
    ("amazonfee", "fee"),
    ("b", "bad debt"),
    ("bank charges", "bank charges"),
    ("c2", "carriage"),
    ("cruk", "donation"),
    ("d", "discount"),
    ("dot", "postage"),
    ("m", "manual entry"),
    ("post", "postage"),
    ("s", "samples"),
];
/// Vouchers are no goods either.
const VOUCHER: &str = "gift_";

/// What stands in a line of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// The names of the columns.
    Names,
    /// A line of an invoice.
    Row(Row),
}

/// A line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub invoice: String,
    pub code: String,
    pub description: String,
    /// As the file has it: negative for what came back or was written off.
    pub quantity: Decimal,
    /// What clocks in the shop showed.
    pub at: NaiveDateTime,
    pub price: Decimal,
}

/// What a line is to the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Goods went to a customer.
    Sale,
    /// A cancelled invoice: goods came back.
    Return,
    /// Goods were lost, broken or given away: a negative line of an invoice that was not cancelled.
    WriteOff,
    /// No goods.
    Service(&'static str),
}

impl Line {
    /// What stands in this line.
    pub fn parse(line: &[u8]) -> Result<Self, Reason> {
        let columns = Columns::of(line)?;
        let [invoice, code, description, quantity, at, price] =
            [0, 1, 2, 3, 4, 5].map(|column| columns.get(column).trim());
        if [invoice, code, description, quantity, at, price] == COLUMNS {
            return Ok(Self::Names);
        }
        for (name, value) in [("InvoiceNo", invoice), ("StockCode", code)] {
            if value.is_empty() {
                return Err(format!("`{name}` is empty"));
            }
        }
        let number = |name: &str, text: &str| {
            text.parse::<Decimal>().map_err(|_| format!("`{name}` is no number: {text:?}"))
        };
        let (quantity, price) = (number("Quantity", quantity)?, number("UnitPrice", price)?);
        if quantity.is_zero() {
            return Err("`Quantity` is zero".to_owned());
        }
        let at = NaiveDateTime::parse_from_str(at, "%Y-%m-%d %H:%M:%S")
            .map_err(|_| format!("`InvoiceDate` is no time: {at:?}"))?;
        let [invoice, code, description] = [invoice, code, description].map(str::to_owned);
        Ok(Self::Row(Row { invoice, code, description, quantity, at, price }))
    }
}

impl Row {
    /// The code without regard to case, as the engine compares SKUs.
    pub fn key(&self) -> String {
        text::key(&self.code)
    }

    /// What the line is to the stock.
    pub fn kind(&self) -> Kind {
        let key = self.key();
        if let Some((_, what)) = SERVICES.iter().find(|(code, _)| *code == key) {
            return Kind::Service(what);
        }
        if key.starts_with(VOUCHER) {
            return Kind::Service("vouchers");
        }
        match (self.quantity.is_sign_negative(), self.invoice.starts_with(['C', 'c'])) {
            (false, _) => Kind::Sale,
            (true, true) => Kind::Return,
            (true, false) => Kind::WriteOff,
        }
    }

    /// When it happened, with the shop in this zone.
    pub fn instant(&self, zone: &Zone) -> Result<Timestamp, Reason> {
        let minute = u16::try_from(self.at.hour() * 60 + self.at.minute()).unwrap_or_default();
        let start = zone.at(self.at.date(), minute).map_err(|error| error.to_string())?;
        Ok(start + chrono::TimeDelta::seconds(i64::from(self.at.second())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        match Line::parse(text.as_bytes()).unwrap() {
            Line::Row(row) => row,
            Line::Names => panic!("the names of the columns"),
        }
    }

    #[test]
    fn a_line_is_a_sale_a_return_a_write_off_or_no_goods() {
        let line = |invoice: &str, code: &str, quantity: &str| {
            row(&format!("{invoice},{code},\"A, B\",{quantity},2010-12-01 08:26:00,2.55,1.0,UK"))
        };
        assert_eq!(line("536365", "85123A", "6").kind(), Kind::Sale);
        assert_eq!(line("C536379", "85123a", "-6").kind(), Kind::Return);
        assert_eq!(line("536380", "85123A", "-6").kind(), Kind::WriteOff);
        assert_eq!(line("536380", "POST", "1").kind(), Kind::Service("postage"));
        assert_eq!(line("A563185", "B", "1").kind(), Kind::Service("bad debt"));
        assert_eq!(line("1", "gift_0001_20", "1").kind(), Kind::Service("vouchers"));
        assert_eq!(line("1", "x", "1").description, "A, B");
    }

    #[test]
    fn a_bad_line_says_which_column_is_wrong() {
        for (line, reason) in [
            ("", "an empty line"),
            ("1,,x,1,2010-12-01 08:26:00,1", "`StockCode` is empty"),
            ("1,x,x,many,2010-12-01 08:26:00,1", "`Quantity` is no number: \"many\""),
            ("1,x,x,0,2010-12-01 08:26:00,1", "`Quantity` is zero"),
            ("1,x,x,1,yesterday,1", "`InvoiceDate` is no time: \"yesterday\""),
            ("1,x,x,1,2010-12-01 08:26:00", "`UnitPrice` is no number: \"\""),
        ] {
            assert_eq!(Line::parse(line.as_bytes()), Err(reason.to_owned()), "{line}");
        }
    }

    #[test]
    fn clocks_of_the_shop_are_those_of_its_zone() {
        let london = Zone::named("Europe/London").unwrap();
        let summer = row("1,x,x,1,2011-07-01 10:00:00,1").instant(&london).unwrap();
        assert_eq!(summer.to_rfc3339(), "2011-07-01T09:00:00+00:00");
    }
}
