//! Decisions about checklists.

use std::collections::BTreeMap;

use crate::{
    error::{Error, Result},
    forms,
    ids::ChecklistItemId,
    projects::{ChecklistItem, ChecklistLine, Tick},
};

/// The most lines of a checklist.
pub(crate) const MAX_CHECKLIST_ITEMS: usize = 100;

/// A line more may be put on the checklist.
///
/// # Errors
/// A precondition error when there are 100 already.
pub fn check_room(items: &[ChecklistItem]) -> Result<()> {
    if items.len() < MAX_CHECKLIST_ITEMS {
        return Ok(());
    }
    Err(Error::Precondition("a checklist has at most 100 lines".into()))
}

/// These lines instead of those that are there: a line that names one of these keeps its tick, one that
/// names none is new.
///
/// # Errors
/// Validation errors on `items` when there are too many, on `items[n].id` when there is no such line or
/// it is named twice, on `items[n].text`.
pub fn replace_checklist(
    old: &[ChecklistItem],
    wanted: &[ChecklistLine],
    new_id: impl Fn() -> ChecklistItemId,
) -> Result<Vec<ChecklistItem>> {
    if wanted.len() > MAX_CHECKLIST_ITEMS {
        return Err(Error::invalid("items", "at most 100"));
    }
    let mut left: BTreeMap<_, _> = old.iter().map(|item| (item.id, item.done)).collect();
    let mut items = Vec::with_capacity(wanted.len());
    for (index, line) in wanted.iter().enumerate() {
        let text = forms::CHECKLIST_LINE.check(&format!("items[{index}].text"), &line.text)?;
        let (id, done) = match line.id {
            None => (new_id(), None),
            Some(id) => match left.remove(&id) {
                Some(done) => (id, done),
                None => return Err(Error::invalid(format!("items[{index}].id"), "no such line")),
            },
        };
        items.push(ChecklistItem { id, text, done });
    }
    Ok(items)
}

/// The lines with one of them ticked off or open again. What was ticked off stays as it was first.
/// None when there is no such line.
pub fn tick(
    old: &[ChecklistItem],
    id: ChecklistItemId,
    done: Option<Tick>,
) -> Option<Vec<ChecklistItem>> {
    let mut items = old.to_vec();
    let item = items.iter_mut().find(|item| item.id == id)?;
    item.done = done.map(|now| item.done.unwrap_or(now));
    Some(items)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::time::Timestamp;

    fn id(n: u128) -> ChecklistItemId {
        ChecklistItemId::from_uuid(Uuid::from_u128(n))
    }

    fn at(second: i64) -> Tick {
        Tick { by: None, at: Timestamp::from_timestamp(second, 0).unwrap() }
    }

    fn list() -> Vec<ChecklistItem> {
        let item = |n, done| ChecklistItem { id: id(n), text: format!("line {n}"), done };
        vec![item(1, None), item(2, Some(at(5)))]
    }

    fn line(id: Option<ChecklistItemId>, text: &str) -> ChecklistLine {
        ChecklistLine { id, text: text.to_owned() }
    }

    #[test]
    fn lines_that_are_named_keep_their_tick_in_any_order() {
        let wanted = [line(Some(id(2)), " two "), line(None, "new"), line(Some(id(1)), "one")];
        let items = replace_checklist(&list(), &wanted, || id(9)).unwrap();
        let seen: Vec<_> = items.iter().map(|it| (it.id, it.text.as_str(), it.done)).collect();
        assert_eq!(seen, [(id(2), "two", Some(at(5))), (id(9), "new", None), (id(1), "one", None)]);
    }

    #[test]
    fn wrong_lines_are_named() {
        let field = |wanted: &[ChecklistLine]| match replace_checklist(&list(), wanted, || id(9)) {
            Err(Error::Validation(wrong)) => wrong[0].field.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(field(&[line(None, "a"), line(None, " \t")]), "items[1].text");
        assert_eq!(field(&[line(None, &"x".repeat(501))]), "items[0].text");
        assert_eq!(field(&[line(Some(id(7)), "a")]), "items[0].id");
        assert_eq!(field(&[line(Some(id(1)), "a"), line(Some(id(1)), "b")]), "items[1].id");
        assert_eq!(field(&vec![line(None, "a"); 101]), "items");
        assert!(replace_checklist(&list(), &vec![line(None, "a"); 100], || id(9)).is_ok());
    }

    #[test]
    fn what_was_ticked_off_stays_as_it_was_first() {
        assert_eq!(tick(&list(), id(2), Some(at(9))).unwrap()[1].done, Some(at(5)));
        assert_eq!(tick(&list(), id(1), Some(at(9))).unwrap()[0].done, Some(at(9)));
        assert_eq!(tick(&list(), id(2), None).unwrap()[1].done, None);
        assert_eq!(tick(&list(), id(3), None), None);
    }
}
