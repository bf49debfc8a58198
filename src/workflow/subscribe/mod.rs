//! What the newsletter's endpoint does with a request.

mod limits;
