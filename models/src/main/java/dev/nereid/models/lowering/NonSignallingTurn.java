package dev.nereid.models.lowering;

/** A turn that does not signal completion, for one of several runs that share a turn. */
record NonSignallingTurn(DeviceTurn turn) implements DeviceTurn {
    @Override
    public void awaitPlace() {
        turn.awaitPlace();
    }

    @Override
    public boolean awaitMemory() {
        return turn.awaitMemory();
    }

    @Override
    public void placed() {}

    @Override
    public void awaitCompute() {
        turn.awaitCompute();
    }

    @Override
    public boolean isAwaited() {
        return false;
    }

    @Override
    public void computed() {}
}
