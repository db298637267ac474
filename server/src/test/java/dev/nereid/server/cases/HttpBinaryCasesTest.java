package dev.nereid.server.cases;

/** The cases over HTTP with tensors as binary data both ways. */
class HttpBinaryCasesTest extends HttpCases {
    HttpBinaryCasesTest() {
        super(true);
    }
}
