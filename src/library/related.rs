//! Related posts: shared series, tags, categories and title words weigh; bodies do not, so that one edit touches few pages.

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

use crate::library::model::Post;
use crate::library::model::PostId;

/// How many related posts a post has at most.
pub const MOST: usize = 5;

/// On each side of a post, how many of the posts that share a feature with it are looked at. Bounds the work: a tag that half of the posts carry tells
/// little, and those near in time are the likelier companions.
const WINDOW: usize = 24;

/// Words shorter than this say nothing about a title.
const SHORTEST_WORD: usize = 4;

/// Finds the related posts of each of `order`, which is in order of time. Cost grows linearly with posts and their features.
#[must_use]
pub fn find(posts: &[Post], order: &[PostId]) -> Vec<(PostId, Vec<PostId>)> {
    let mut features: HashMap<Feature, Vec<usize>> = HashMap::new();
    let own: Vec<Vec<Feature>> = order.iter().map(|id| features_of(&posts[id.0])).collect();
    for (at, list) in own.iter().enumerate() {
        for feature in list {
            features.entry(feature.clone()).or_default().push(at);
        }
    }
    use rayon::prelude::*;
    order
        .par_iter()
        .enumerate()
        .map(|(at, id)| {
            let mut scores: HashMap<usize, f64> = HashMap::new();
            for feature in &own[at] {
                let Some(sharing) = features.get(feature) else { continue };
                if sharing.len() < 2 {
                    continue;
                }
                // Rarer features tell more (inverse document frequency).
                let weight = feature.weight() * (1.0 + (order.len() as f64 / sharing.len() as f64).ln());
                let here = sharing.partition_point(|other| *other < at);
                for other in &sharing[here.saturating_sub(WINDOW)..(here + WINDOW + 1).min(sharing.len())] {
                    if *other != at {
                        *scores.entry(*other).or_default() += weight;
                    }
                }
            }
            let mut best: Vec<(usize, f64)> = scores.into_iter().collect();
            // Equal scores go to the nearer in time, then to the newer.
            best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.abs_diff(at).cmp(&b.0.abs_diff(at))).then(a.0.cmp(&b.0)));
            (*id, best.into_iter().take(MOST).map(|(other, _)| order[other]).collect())
        })
        .collect()
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Feature {
    Series(usize),
    Tag(usize),
    Category(usize),
    Word(Box<str>),
}

impl Feature {
    fn weight(&self) -> f64 {
        match self {
            Self::Series(_) => 3.0,
            Self::Tag(_) => 2.0,
            Self::Category(_) => 1.0,
            Self::Word(_) => 0.5,
        }
    }
}

fn features_of(post: &Post) -> Vec<Feature> {
    let mut features: Vec<Feature> = post.series.iter().map(|term| Feature::Series(term.0)).collect();
    features.extend(post.tags.iter().map(|term| Feature::Tag(term.0)));
    features.extend(post.categories.iter().map(|term| Feature::Category(term.0)));
    let mut words: Vec<String> = post
        .title
        .unicode_words()
        .filter(|word| word.chars().count() >= SHORTEST_WORD && word.chars().any(char::is_alphabetic))
        .map(str::to_lowercase)
        .collect();
    words.sort_unstable();
    words.dedup();
    features.extend(words.into_iter().map(|word| Feature::Word(word.into())));
    features
}
