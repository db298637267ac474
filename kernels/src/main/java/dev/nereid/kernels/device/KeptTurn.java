package dev.nereid.kernels.device;

/** A turn that a run uses and leaves to a later run. */
record KeptTurn(DeviceTurn turn) implements DeviceTurn {
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
