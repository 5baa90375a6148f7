//! Small trees, and whole files where loading is part of the question.
