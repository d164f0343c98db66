import {
  type ArmedFault,
  type EndpointName,
  type Fault,
  isSpoiling,
  type SpoilingFault,
} from "./fault-rules";

/** The faults that meet one call: at most one that spoils the answer, and any number that change it. */
export interface CallFaults {
  all: Fault[];
  spoiling: SpoilingFault | undefined;
}

export interface FaultBoard {
  add(fault: Fault): ArmedFault;
  list(): ArmedFault[];
  /** Takes one fault away, or all. Returns how many. */
  clear(id?: string): number;
  /** Takes the faults that meet this call, and counts them as used. */
  take(endpoint: EndpointName, userName: string | undefined): CallFaults;
}

/** The faults in force. The first that spoils an answer waits for its turn; they work in the order given. */
export function createFaultBoard(): FaultBoard {
  let armed: ArmedFault[] = [];
  let nextId = 1;

  const meets = (fault: ArmedFault, endpoint: EndpointName, userName: string | undefined): boolean => {
    if (fault.endpoint !== "any" && fault.endpoint !== endpoint) return false;
    return fault.userName === undefined || fault.userName.toLowerCase() === userName?.toLowerCase();
  };

  const use = (fault: ArmedFault): boolean => {
    if (fault.skip > 0) {
      fault.skip -= 1;
      return false;
    }
    fault.hits += 1;
    return true;
  };

  return {
    add(fault) {
      const added: ArmedFault = { ...fault, id: `fault-${nextId++}`, hits: 0 };
      armed.push(added);
      return { ...added };
    },
    list: () => armed.map((fault) => ({ ...fault })),
    clear(id) {
      const before = armed.length;
      armed = id === undefined ? [] : armed.filter((fault) => fault.id !== id);
      return before - armed.length;
    },
    take(endpoint, userName) {
      const all: Fault[] = [];
      let spoilingFault: SpoilingFault | undefined;
      for (const fault of armed) {
        if (!meets(fault, endpoint, userName)) continue;
        if (isSpoiling(fault)) {
          if (spoilingFault !== undefined || !use(fault)) continue;
          spoilingFault = fault;
          all.push(fault);
        } else if (use(fault)) {
          all.push(fault);
        }
      }
      armed = armed.filter((fault) => fault.count === null || fault.hits < fault.count);
      return { all, spoiling: spoilingFault };
    },
  };
}
