/** CPU time and memory of this process, read from the operating system. */
export interface ProcessReading {
  /** User plus system CPU time since the process started. */
  readonly cpuTimeS: number;
  /** CPU time over wall time since the last reading; 1 is one core. */
  readonly cpuUtilization: number;
  readonly rssMb: number;
}

export function cpuTimeS(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function residentMb(): number {
  return process.memoryUsage.rss() / 1e6;
}

/**
 * @returns a function that reads the process; utilisation is since its previous call, at the first since the
 *   process started
 */
export function createProcessMeter(): () => ProcessReading {
  let lastWall = performance.now() - process.uptime() * 1000;
  let lastCpu = 0;
  return () => {
    const wall = performance.now();
    const cpu = cpuTimeS();
    const elapsedS = (wall - lastWall) / 1000;
    const cpuUtilization = elapsedS > 0 ? (cpu - lastCpu) / elapsedS : 0;
    lastWall = wall;
    lastCpu = cpu;
    return { cpuTimeS: cpu, cpuUtilization, rssMb: residentMb() };
  };
}
