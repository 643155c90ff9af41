//! Reading lists of candidates.

use proptest::prelude::*;
use worksample::workflow::launch_many::{MOST_BYTES, MOST_PEOPLE, Person, read};

fn told(people: &[Person]) -> String {
    let lines = people.iter().map(|person| {
        let problems: Vec<String> = person
            .problems
            .iter()
            .map(|problem| format!("\n    {}: {problem}", problem.code))
            .collect();
        let login = person.login.as_ref().map(|login| login.as_str());
        format!(
            "line {}: {} <{}> {} {} {}{}\n",
            person.line,
            person.name,
            person.email,
            login.unwrap_or("-"),
            if person.again { "again" } else { "-" },
            person.note.as_deref().unwrap_or("-"),
            problems.concat()
        )
    });
    lines.collect()
}

#[test]
fn a_spreadsheets_list_is_read_whatever_its_order_marks_and_line_ends() {
    let ada =
        "Ada \"the first\" Example, Countess <ada@example.com> ada-example again met at a fair";
    for list in [
        "\u{feff}email,Name , github_login,again,note\r\n\r\n ada@example.com ,\"Ada \"\"the first\"\" Example, Countess\",@ada-example,YES,met at a fair\r\n,,,,\r\n",
        "note;again;github_login;name;email\nmet at a fair;yes;ada-example;\"Ada \"\"the first\"\" Example, Countess\";ada@example.com",
        "name\temail\tgithub_login\tagain\tnote\r\"Ada \"\"the first\"\" Example, Countess\"\tada@example.com\tada-example\t1\tmet at a fair\r",
    ] {
        let people = read(list.as_bytes()).unwrap();
        assert_eq!(people.len(), 1, "{list}");
        assert!(told(&people).contains(ada), "{}", told(&people));
        assert_eq!(people[0].problems, []);
    }
}

#[test]
fn each_bad_line_says_which_column_what_and_the_remedy_and_harms_no_other() {
    let list = "name,email,github_login,again,note\n\
        Ada,ada@example.com,,,\n\
        ,nobody@example.com,,,\n\
        Bob,,,,\n\
        Cy,cy@nowhere,-cy-,perhaps,\n\
        \"Di,di@example.com,,,\n\
        Eve,eve@example.com,,,a,b\n\
        ADA twin,Ada@Example.com,,,\n\
        Flo,flo@example.com,gh,,\n\
        Gus,gus@example.com,GH,,\n\
        Gus again,gus@example.com,GH,yes,\n\
        Hal\n\
        Ida,ida@example.com,,no,last\n";
    insta::assert_snapshot!(told(&read(list.as_bytes()).unwrap()));
}

#[test]
fn a_list_that_cannot_be_read_as_a_whole_says_why_and_how_to_mend_it() {
    let long = format!(
        "name,email\n{}",
        "A,a@example.com\n".repeat(MOST_PEOPLE + 1)
    );
    let mut too_large = b"name,email\n".to_vec();
    too_large.resize(MOST_BYTES + 1, b'x');
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", b"".to_vec()),
        ("blank", b"\n \n,,\n".to_vec()),
        ("only a header", b"name,email\n".to_vec()),
        ("no header", b"Ada Example,ada@example.com\n".to_vec()),
        ("unknown column", b"name,email,salary\n".to_vec()),
        ("twice", b"name,email,Name\n".to_vec()),
        ("no address", b"name,note\n".to_vec()),
        ("a spreadsheet", b"PK\x03\x04\xff\xfe".to_vec()),
        ("latin 1", b"name,email\nJ\xf6rg,j@example.com\n".to_vec()),
        ("too long", long.into_bytes()),
        ("too large", too_large),
    ];
    let told: Vec<String> = cases
        .into_iter()
        .map(|(what, list)| {
            let error = read(&list).unwrap_err();
            format!("{what}: {}: {error}\n", error.code())
        })
        .collect();
    insta::assert_snapshot!(told.concat());
}

#[test]
fn the_longest_list_is_read() {
    let list = super::people(MOST_PEOPLE);
    assert!(list.len() < MOST_BYTES);
    let people = read(list.as_bytes()).unwrap();
    assert_eq!(people.len(), MOST_PEOPLE);
    assert!(people.iter().all(|person| person.problems.is_empty()));
}

proptest! {
    #[test]
    fn whatever_stands_in_one_line_the_lines_around_it_are_read(middle in "[^\r\n]{0,60}") {
        let list = format!("name,email\nAda,ada@example.com\n{middle}\nBob,bob@example.com\n");
        let people = read(list.as_bytes()).unwrap();
        let fine = |name: &str, line: u32| {
            people.iter().any(|one| one.line == line && one.name == name && one.problems.is_empty())
        };
        prop_assert!(fine("Ada", 2));
        prop_assert!(fine("Bob", 4) || middle.to_lowercase().contains("bob@example.com"));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let mut headed = b"name,email,note\n".to_vec();
        headed.extend(bytes);
        let _ = read(&headed);
    }
}
