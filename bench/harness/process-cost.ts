import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory now, in MB of 10^6 bytes. */
export function readRssMb(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return (Number(kib) * 1024) / 1e6;
}

/** CPU time that all threads of the process have had, in milliseconds. */
export function readCpuMs(pid: number): number {
  const folder = `/proc/${String(pid)}/task`;
  const ns = readdirSync(folder).map((task) => {
    const [onCpu] = readFileSync(`${folder}/${task}/schedstat`, 'latin1').split(' ');
    return Number(onCpu);
  });
  return ns.reduce((sum, each) => sum + each, 0) / 1e6;
}
