import { registerConvolutionGradients } from './convolution-gradients.js';
import { registerMatrixProduct } from './matrix-product.js';
import { registerMaxPoolGradient } from './max-pool-gradient.js';

/**
 * Gives the WebAssembly backend what it lacks for training, or has only in a slow or in a wrong way. To be called once, when it has registered its own and is not yet initialised.
 */
export function registerWasmKernels(): void {
  registerMatrixProduct();
  registerConvolutionGradients();
  registerMaxPoolGradient();
}
