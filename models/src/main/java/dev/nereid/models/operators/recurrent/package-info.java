/** The recurrent layers RNN, GRU and LSTM. Depends on operators, lowering, graph and the families of kernels. */
@NullMarked
package dev.nereid.models.operators.recurrent;

import org.jspecify.annotations.NullMarked;
