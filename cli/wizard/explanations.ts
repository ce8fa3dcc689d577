/** What the choices of a setting mean, a line each, by field and value. */
export const explanations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  taskType: {
    classification: 'predict one of the classes',
    regression: 'predict a number',
    clustering: 'group the samples without their labels',
  },
  modelType: {
    mlp: 'layers of fully connected units; a sound first choice',
    logreg: 'logistic regression: no hidden layer, fast',
    linreg: 'linear regression: no hidden layer, fast',
    cnn: 'two convolutions and a dense layer, for images',
    rnn: 'simple recurrent layer, the samples read step by step',
    lstm: 'recurrent layer with gates and a cell, for longer sequences',
    gru: 'recurrent layer with gates, lighter than lstm',
    mobilenet: 'small MobileNetV2, for images; slow on a CPU',
    random_forest: 'decision trees, one round',
    kmeans: 'k-means clusters',
  },
  optimizer: {
    adam: 'adaptive steps; works without tuning',
    adamw: 'adam with decoupled weight decay',
    sgd: 'plain gradient steps; wants a larger learning rate',
    rmsprop: 'steps scaled by recent gradients',
    adagrad: 'steps scaled by all gradients so far',
  },
  activation: {
    relu: 'max(0, x), the usual one',
    tanh: 'between -1 and 1',
    sigmoid: 'between 0 and 1',
    gelu: 'smooth relu',
    elu: 'relu with an exponential tail',
    selu: 'self-normalising elu',
    softplus: 'smooth relu, always positive',
    linear: 'none',
  },
};
