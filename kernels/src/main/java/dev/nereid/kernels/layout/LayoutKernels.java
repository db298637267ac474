package dev.nereid.kernels.layout;

/** The kernels of the layout family. */
public interface LayoutKernels {}
