//! What is kept of a graph allows what the whole graph allows, and nothing else.

use proptest::prelude::*;

use super::*;
use crate::projects::rules::{
    check_link, check_move, deleted_with,
    graph::tests::{graph, task},
};

proptest! {
    /// PROJ-3, PROJ-5: step by step, with some tasks deleted and some that are newer than what is kept.
    #[test]
    fn proj_3_what_is_kept_allows_what_the_whole_graph_allows(
        steps in prop::collection::vec((0_usize..12, 0_usize..9, 0_usize..9, 0_usize..4), 1..60),
        known in 0_usize..9,
    ) {
        let mut graph = graph(&[None; 9], []);
        let mut links = Links::of(&TaskGraph { nodes: graph.nodes[..known].to_vec(), ..graph.clone() });
        for (what, one, other, kind) in steps {
            for id in [task(one), task(other)] {
                if !links.knows(id) {
                    links.add(id);
                }
            }
            let kind = DependencyKind::ALL[kind];
            match what {
                0..6 => {
                    let new = Dependency {
                        predecessor: task(one), successor: task(other), kind, lag_min: 0,
                    };
                    let sound = check_link(&graph, new).is_ok();
                    prop_assert_eq!(links.allows_link(new), sound, "{:?} in {:?}", new, graph);
                    if sound {
                        graph.edges.push(new);
                        links.link(new);
                    }
                }
                6..11 => {
                    let parent = (what < 10).then_some(task(other));
                    let sound = check_move(&graph, task(one), parent).is_ok();
                    let allowed = links.allows_move(task(one), parent);
                    prop_assert_eq!(allowed, sound, "{} under {:?} in {:?}", one, parent, graph);
                    if sound {
                        graph.nodes[one].parent = parent;
                        links.put_under(task(one), parent);
                    }
                }
                _ => {
                    let Ok(gone) = deleted_with(&graph, task(one)) else { continue };
                    for node in graph.nodes.iter_mut().filter(|node| gone.contains(&node.id)) {
                        node.deleted_with = Some(task(one));
                    }
                    links = Links::of(&graph);
                    continue;
                }
            }
            graph.version = links.version();
            for node in &graph.nodes {
                links.add(node.id);
            }
            prop_assert_eq!(&links, &Links::of(&graph));
        }
    }
}
