package dev.nereid.server.cases;

import java.util.List;

/** The cases over HTTP with tensors as JSON both ways, which has no way to write 16-bit floats. */
class HttpJsonCasesTest extends HttpCases {
    HttpJsonCasesTest() {
        super(false);
    }

    @Override
    List<String> datatypes() {
        return super.datatypes().stream()
                .filter(type -> !type.equals("FP16") && !type.equals("BF16"))
                .toList();
    }
}
