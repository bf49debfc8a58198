//! Builds that are killed at every step.

use letterpress::transport::disk::WriteError;
use letterpress::transport::disk_staging::Staging;
use letterpress::transport::disk_staging::Steps;
use proptest::prelude::Strategy;
use proptest::prop_assert;
use proptest::prop_assert_eq;
use proptest::proptest;

use crate::site::FIRST;
use crate::site::Files;
use crate::site::SECOND;
use crate::site::Site;
use crate::site::expected;
use crate::site::site_path;

/// Builds with so many steps; gives whether it came to its end.
fn build_with(site: &Site, files: &Files, steps: u64) -> bool {
    let stopped = |result: Result<(), WriteError>| match result {
        Ok(()) => true,
        Err(WriteError::Stopped) => false,
        Err(error) => panic!("{error}"),
    };
    let staging = match Staging::begin_with(&site.output(), &site.work(), Steps::limited(steps)) {
        Ok(staging) => staging,
        Err(error) => return stopped(Err(error)),
    };
    for (path, bytes) in files {
        staging.write(&site_path(path), bytes).unwrap();
    }
    stopped(staging.commit().map(|_| ()))
}

/// Every file is wholly as before or as after.
fn is_between(now: &Files, before: &Files, after: &Files) -> bool {
    now.iter().all(|(path, bytes)| before.get(path) == Some(bytes) || after.get(path) == Some(bytes))
}

#[test]
fn killed_at_any_step_the_next_build_completes_it() {
    let foreign = expected(&[("CNAME", "example.com"), ("posts/mine.txt", "m")]);
    let with_foreign = |files: &[(&str, &str)]| {
        let mut files = expected(files);
        files.extend(foreign.clone());
        files
    };
    for steps in 0.. {
        let site = Site::new();
        site.build(FIRST);
        site.put("CNAME", "example.com");
        site.put("posts/mine.txt", "m");
        let (before, after) = (with_foreign(FIRST), with_foreign(SECOND));
        let finished = build_with(&site, &expected(SECOND), steps);
        let now = site.files();
        assert!(is_between(&now, &before, &after), "after {steps} steps: {now:?}");
        if steps == 0 {
            assert_eq!(now, before, "nothing is touched before the journal is written");
        }
        // The next run completes what was begun, before it does anything else; itself killed at any step, the one after does.
        for more in 0.. {
            let begun = Staging::begin_with(&site.output(), &site.work(), Steps::limited(more));
            assert!(is_between(&site.files(), &before, &after), "after {steps} and {more} steps");
            if begun.is_ok() {
                break;
            }
        }
        assert_eq!(site.files(), if steps == 0 { before } else { after.clone() }, "after {steps} steps");
        let third = site.build(SECOND);
        assert_eq!(site.files(), after);
        assert!(steps == 0 || third.written.is_empty(), "{third:?}");
        assert!(!site.output().join("deep").exists());
        if finished {
            assert!(steps > 10);
            break;
        }
    }
}

#[test]
fn killed_in_the_first_build() {
    for steps in 0.. {
        let site = Site::new();
        let finished = build_with(&site, &expected(FIRST), steps);
        let now = site.files();
        assert!(now.is_empty() || now == expected(FIRST), "all or nothing, after {steps} steps: {now:?}");
        site.build(SECOND);
        assert_eq!(site.files(), expected(SECOND), "after {steps} steps");
        assert!(!site.output().join("deep").exists());
        if finished {
            break;
        }
    }
}

#[test]
fn a_first_build_into_a_folder_that_appears_meanwhile() {
    for steps in 0.. {
        let site = Site::new();
        let staging = Staging::begin_with(&site.output(), &site.work(), Steps::limited(steps)).unwrap();
        for (path, text) in FIRST {
            staging.write(&site_path(path), text.as_bytes()).unwrap();
        }
        site.put("CNAME", "example.com");
        let finished = staging.commit().is_ok();
        site.build(FIRST);
        let mut all = expected(FIRST);
        all.extend(expected(&[("CNAME", "example.com")]));
        assert_eq!(site.files(), all, "after {steps} steps");
        if finished {
            break;
        }
    }
}

/// A few files with few names, so that files, folders and their roles collide often; never a file and a folder of one name.
fn some_files() -> impl Strategy<Value = Files> {
    let name = proptest::sample::select(vec!["a", "b", "a/x", "a/y", "b/x", "a/x/1", "b/x/1", "c/d/e/f"]);
    proptest::collection::btree_map(name, "[mn]{1,2}", 0..6).prop_map(|files| {
        let names: Vec<&str> = files.keys().copied().collect();
        files
            .iter()
            .filter(|(path, _)| !names.iter().any(|name| name.starts_with(&format!("{path}/"))))
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect()
    })
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 200, failure_persistence: None, ..Default::default() })]

    /// Whatever is built and wherever the builds are killed, the next whole build leaves exactly its own files.
    #[test]
    fn any_sequence_ends_clean(builds in proptest::collection::vec((some_files(), 0..14u64), 1..5), last in some_files()) {
        let site = Site::new();
        let mut before = Files::new();
        for (files, steps) in &builds {
            let finished = build_with(&site, files, *steps);
            if finished {
                prop_assert_eq!(&site.files(), files);
            }
            before.extend(site.files());
        }
        prop_assert!(build_with(&site, &last, 1000));
        prop_assert_eq!(site.files(), last);
    }
}
