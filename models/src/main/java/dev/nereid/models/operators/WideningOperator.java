package dev.nereid.models.operators;

/**
 * An operator on a device that computes with real numbers: where a device has a kernel for those of FP32 only, ones of FP16
 * and BF16 are computed as FP32, and its results are rounded once. Its attributes say nothing of datatypes.
 */
public interface WideningOperator extends DeviceOperator {}
