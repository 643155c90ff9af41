//! An answer that was asked for on the condition that it changed, and where the next page of a list is.

/// One answer, or that it is as it was.
pub(super) enum Sight<T> {
    Unchanged,
    Changed {
        value: T,
        etag: Option<String>,
        /// The cursor of the next page, where pages have one.
        after: Option<String>,
    },
}

/// The cursor that a `Link` header names for the next page.
pub(super) fn next_cursor(link: &str) -> Option<String> {
    link.split(',')
        .find(|part| part.contains("rel=\"next\""))?
        .split(['?', '&', '>'])
        .find_map(|pair| {
            pair.strip_prefix("after=")
                .or_else(|| pair.strip_prefix("cursor="))
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::next_cursor;

    #[test]
    fn the_next_page_is_found_by_the_cursor_in_the_link() {
        let link = "<https://api.github.com/x?per_page=100&after=Y3Vyc29y>; rel=\"next\", <https://api.github.com/x?before=a>; rel=\"prev\"";
        assert_eq!(next_cursor(link).as_deref(), Some("Y3Vyc29y"));
        let deliveries =
            "<https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_17>; rel=\"next\"";
        assert_eq!(next_cursor(deliveries).as_deref(), Some("v1_17"));
        assert_eq!(
            next_cursor("<https://api.github.com/x?page=1>; rel=\"prev\""),
            None
        );
    }
}
