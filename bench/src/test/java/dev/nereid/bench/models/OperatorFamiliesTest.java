package dev.nereid.bench.models;

class OperatorFamiliesTest extends FamiliesTest {
    OperatorFamiliesTest() {
        super(OperatorFamilies.ALL);
    }
}
