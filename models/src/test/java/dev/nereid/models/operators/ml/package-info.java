/** The operators of ai.onnx.ml, mostly beside numbers recorded from ONNX Runtime 1.23. */
@NullMarked
package dev.nereid.models.operators.ml;

import org.jspecify.annotations.NullMarked;
