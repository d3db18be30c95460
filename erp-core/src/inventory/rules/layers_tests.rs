//! INV-17 against the plainest model there is: every piece of stock is a thing of its own, which knows the
//! minute in which it came in and what it cost, and all that was accepted is done again, in the order of
//! time, after every posting.

use proptest::prelude::*;

use super::replay_tests::{Books, ITEM, PLACES, at, d, issue, receipt};
use crate::{
    ids::PostingId,
    inventory::{LineMove, ValuationMethod},
    money::Decimal,
};

/// When it came in, and what it cost.
type Piece = (i64, i64);

#[derive(Clone, Copy, Debug)]
enum Act {
    In(i64),
    Out,
    Transfer,
    /// An earlier step is taken back.
    Reverse(usize),
    /// Goods of an earlier step go back.
    SendBack(usize),
}

#[derive(Clone, Copy, Debug)]
struct Step {
    minute: i64,
    place: usize,
    many: usize,
    act: Act,
}

/// What is there, place by place, and what each step took, by its number.
#[derive(Default)]
struct World {
    there: [Vec<Piece>; 2],
    taken: Vec<(usize, Vec<Piece>)>,
}

impl World {
    /// All steps, in the order of time; none when something is lacking.
    fn of(steps: &[Step]) -> Option<Self> {
        let mut order: Vec<_> = (0..steps.len()).collect();
        order.sort_by_key(|step| steps[*step].minute);
        let mut world = Self::default();
        order.into_iter().try_for_each(|step| world.step(steps, step))?;
        Some(world)
    }

    fn step(&mut self, steps: &[Step], number: usize) -> Option<()> {
        let Step { minute, place, many, act } = steps[number];
        let taken = match act {
            Act::In(cents) => {
                self.put(place, &vec![(minute, cents); many]);
                vec![]
            }
            Act::Out => self.take(place, many, &[])?,
            Act::SendBack(of) => self.take(place, many, &vec![steps[of].minute; many])?,
            Act::Transfer => {
                let taken = self.take(place, many, &[])?;
                self.put(1 - place, &taken);
                taken
            }
            Act::Reverse(of) => {
                let old = steps[of];
                let of_it = self.taken.iter().find(|(step, _)| *step == of);
                let pieces = of_it.map(|(_, taken)| taken.clone()).unwrap_or_default();
                match old.act {
                    Act::In(_) => {
                        self.take(old.place, old.many, &vec![old.minute; old.many])?;
                    }
                    Act::Transfer => {
                        let minutes: Vec<_> = pieces.iter().map(|(minute, _)| *minute).collect();
                        self.take(1 - old.place, old.many, &minutes)?;
                        self.put(old.place, &pieces);
                    }
                    _ => self.put(old.place, &pieces),
                }
                vec![]
            }
        };
        self.taken.push((number, taken));
        Some(())
    }

    fn put(&mut self, place: usize, pieces: &[Piece]) {
        self.there[place].extend(pieces);
        self.there[place].sort_by_key(|(minute, _)| *minute);
    }

    /// Takes pieces of these minutes as far as there are some, then the oldest.
    fn take(&mut self, place: usize, many: usize, wanted: &[i64]) -> Option<Vec<Piece>> {
        let there = &mut self.there[place];
        if there.len() < many {
            return None;
        }
        let mut taken = Vec::new();
        for minute in wanted {
            let found = there.iter().position(|(came, _)| came == minute);
            taken.extend(found.map(|found| there.remove(found)));
        }
        let rest = many - taken.len();
        taken.extend(there.drain(..rest));
        Some(taken)
    }

    /// The layers of a place: when they came in, how many, and what they are worth in cents.
    fn layers(&self, place: usize) -> Vec<(i64, i64, i64)> {
        let mut layers: Vec<(i64, i64, i64)> = Vec::new();
        for (minute, cents) in &self.there[place] {
            match layers.last_mut().filter(|last| last.0 == *minute) {
                Some(last) => (last.1, last.2) = (last.1 + 1, last.2 + cents),
                None => layers.push((*minute, 1, *cents)),
            }
        }
        layers
    }
}

/// The layers of a place in the books, as those of the model.
fn kept(books: &Books, place: usize) -> Vec<(i64, Decimal, Decimal)> {
    let Some(balance) = books.balances.get(&(ITEM, PLACES[place])) else { return vec![] };
    let sums: (Decimal, Decimal) = (
        balance.layers.iter().map(|layer| layer.quantity).sum(),
        balance.layers.iter().map(|layer| layer.value).sum(),
    );
    assert_eq!(sums, (balance.level.on_hand, balance.level.value), "layers are the balance");
    let minute =
        |at: crate::time::Timestamp| (at - crate::time::Timestamp::default()).num_minutes();
    let plain = balance
        .layers
        .iter()
        .map(|layer| (minute(layer.of.expect("a name").effective_at), layer.quantity, layer.value));
    plain.collect()
}

fn act() -> impl Strategy<Value = (u8, usize, usize, i64, prop::sample::Index)> {
    (0_u8..12, 0_usize..2, 1_usize..8, 1_i64..900, any::<prop::sample::Index>())
}

proptest! {
    /// INV-17: whatever is received, issued, transferred, sent back and taken back, in whatever order it is
    /// entered, layers keep their names, their prices and their places in the queue.
    #[test]
    fn inv_17_layers_are_those_of_a_model_of_single_pieces(
        acts in prop::collection::vec(act(), 1..40),
        minutes in Just((0_i64..40).collect::<Vec<_>>()).prop_shuffle(),
        sorted in any::<bool>(),
    ) {
        let mut books = Books::new(ValuationMethod::Fifo, false);
        let (mut steps, mut ids): (Vec<Step>, Vec<PostingId>) = (vec![], vec![]);
        let mut reversed = std::collections::BTreeSet::new();
        for (number, (what, place, many, cents, index)) in acts.into_iter().enumerate() {
            let minute = if sorted { number as i64 } else { minutes[number] };
            // An earlier step that this one may be about.
            let receipts = |step: &usize| matches!(steps[*step].act, Act::In(_));
            let goods = |step: &usize| !matches!(steps[*step].act, Act::Reverse(_));
            let before = (0..steps.len()).filter(|step| steps[*step].minute < minute);
            let earlier: Vec<_> = match what {
                8 => before.filter(receipts).filter(|step| !reversed.contains(step)).collect(),
                9.. => before.filter(goods).filter(|step| !reversed.contains(step)).collect(),
                _ => vec![],
            };
            let act = match (what, earlier.is_empty()) {
                (0..4, _) => Act::In(cents),
                (4..6, _) => Act::Out,
                (6..8, _) => Act::Transfer,
                (_, true) => continue,
                (8, _) => Act::SendBack(earlier[index.index(earlier.len())]),
                _ => Act::Reverse(earlier[index.index(earlier.len())]),
            };
            let step = Step { minute, place, many, act };
            let quantity = Decimal::from(many);
            let posted = match act {
                Act::In(cents) => {
                    let value = Some(Decimal::new(cents, 2) * quantity);
                    books.post(minute, place, LineMove::In { quantity, value })
                }
                Act::Out => books.post(minute, place, LineMove::Out { quantity, reservation: None }),
                Act::Transfer => {
                    books.post(minute, place, LineMove::Transfer { quantity, to: PLACES[1 - place] })
                }
                Act::SendBack(of) => {
                    books.post(minute, place, LineMove::SendBack { quantity, receipt: ids[of] })
                }
                Act::Reverse(of) => books.reverse(ids[of], minute),
            };
            steps.push(step);
            let world = World::of(&steps);
            prop_assert_eq!(posted.is_ok(), world.is_some(), "{:?} of {:?}", posted, steps);
            let (Ok(posted), Some(world)) = (posted, world) else {
                steps.pop();
                continue;
            };
            ids.push(posted.posting.unwrap().id);
            if let Act::Reverse(of) = act {
                reversed.insert(of);
            }
            for place in 0..2 {
                let model = world.layers(place).into_iter();
                let model: Vec<_> = model
                    .map(|(minute, many, cents)| (minute, many.into(), Decimal::new(cents, 2)))
                    .collect();
                prop_assert_eq!(kept(&books, place), model, "at {} after {:?}", place, &steps);
            }
            prop_assert_eq!(books.now(), books.then(1_000), "the ledger adds up");
        }
    }
}

fn fifo() -> Books {
    Books::new(ValuationMethod::Fifo, false)
}

fn id_of(posted: crate::inventory::StockOutcome) -> PostingId {
    posted.posting.expect("a posting").id
}

#[test]
fn inv_17_a_receipt_that_is_taken_back_takes_its_own_goods() {
    let mut books = fifo();
    books.post(1, 0, receipt("1", "10.00")).unwrap();
    let second = id_of(books.post(2, 0, receipt("1", "20.00")).unwrap());
    books.reverse(second, 3).unwrap();
    assert_eq!(books.now()[0], (d("1"), d("10.00")));
}

#[test]
fn inv_17_a_transfer_takes_its_layers_along() {
    let mut books = fifo();
    books.post(1, 0, receipt("10", "50.00")).unwrap();
    books.post(2, 0, receipt("10", "70.00")).unwrap();
    let transfer = LineMove::Transfer { quantity: d("12"), to: PLACES[1] };
    let moved = id_of(books.post(3, 0, transfer).unwrap());
    books.post(4, 1, issue("10")).unwrap();
    assert_eq!(books.now()[1], (d("2"), d("14.00")));
    books.post(5, 1, receipt("20", "20.00")).unwrap();
    books.reverse(moved, 6).unwrap();
    assert_eq!(books.now()[0], (d("20"), d("120.00")), "what it took is back");
    assert_eq!(books.now()[1], (d("10"), d("10.00")), "what is left came in later");
}

#[test]
fn inv_17_what_was_kept_without_names_is_the_first_to_leave() {
    let mut books = fifo();
    let issued = id_of({
        books.post(1, 0, receipt("10", "50.00")).unwrap();
        books.post(2, 0, receipt("10", "70.00")).unwrap();
        books.post(3, 0, issue("4")).unwrap()
    });
    // As it was kept before layers had names.
    books.forget_layers();
    books.reverse(issued, 4).unwrap();
    assert_eq!(books.now()[0], (d("20"), d("120.00")));
    assert_eq!(books.post(5, 0, issue("10")).unwrap().movements[0].value, d("-50.00"));
    // Worked out again, they have their names.
    books.post(0, 0, receipt("1", "1.00")).unwrap();
    assert_eq!(books.now()[0], (d("11"), d("75.00")));
    assert!(books.balances[&(ITEM, PLACES[0])].layers.iter().all(|layer| layer.of.is_some()));
}

#[test]
fn inv_17_a_revaluation_leaves_layers_what_they_are() {
    let mut books = fifo();
    books.post(1, 0, receipt("1", "10.00")).unwrap();
    let second = id_of(books.post(2, 0, receipt("2", "40.00")).unwrap());
    books.post(3, 0, LineMove::Revalue { unit_cost: d("0.335") }).unwrap();
    assert_eq!(books.now()[0], (d("3"), d("1.01")));
    let layers = books.balances[&(ITEM, PLACES[0])].layers.clone();
    let plain: Vec<_> = layers.iter().map(|layer| (layer.quantity, layer.value)).collect();
    assert_eq!(plain, [(d("1"), d("0.34")), (d("2"), d("0.67"))]);
    books.reverse(second, 4).unwrap();
    assert_eq!(books.now()[0], (d("1"), d("0.34")));
    assert_eq!(at(4), books.balances[&(ITEM, PLACES[0])].last_at.unwrap());
}
