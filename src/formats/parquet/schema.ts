/**
 * The columns of a Parquet file: a tree of lists, structs, maps and leaves, with the levels that say
 * where each begins and where it is NULL.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
 * @module
 */
import { DamagedError, type SchemaElement } from "./metadata.ts";

/** What every node has. */
interface NodeBase {
  readonly name: string;
  /** Whether it may be NULL where its parent is not. */
  readonly nullable: boolean;
  /** Definition level from which on it is not NULL. */
  readonly definedAt: number;
  /** Definition level from which on the list element that it is in exists; 0 outside of lists. */
  readonly slotDefined: number;
  /** Repetition level up to which a new element of the list that it is in begins; 0 outside. */
  readonly slotRepeated: number;
}

/** A column of plain values. */
export interface LeafNode extends NodeBase {
  readonly kind: "leaf";
  readonly element: SchemaElement;
  /** Its place among the leaves, which is that of its chunk in a row group. */
  readonly leaf: number;
  readonly path: readonly string[];
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/** A group of fields. */
export interface StructNode extends NodeBase {
  readonly kind: "struct";
  readonly element: SchemaElement;
  readonly children: readonly ColumnNode[];
}

/** A list; `elementDefined` is the definition level from which on an element is there. */
export interface ListNode extends NodeBase {
  readonly kind: "list";
  readonly elementDefined: number;
  readonly item: ColumnNode;
}

/** A map: a list of keys and values. */
export interface MapNode extends NodeBase {
  readonly kind: "map";
  readonly elementDefined: number;
  readonly key: ColumnNode;
  readonly value: ColumnNode;
}

export type ColumnNode = LeafNode | StructNode | ListNode | MapNode;

/** The columns of a file, in its order. */
export function schemaColumns(schema: readonly SchemaElement[]): ColumnNode[] {
  if (schema.length === 0) throw new DamagedError("the schema is empty");
  const builder = new TreeBuilder(schema);
  const root = builder.tree();
  if (builder.at !== schema.length) throw new DamagedError("the schema's tree does not add up");
  const context = { defined: 0, slotDefined: 0, repeated: 0 };
  const leaves = { next: 0 };
  return root.children.map((child) => columnNode(child, context, leaves));
}

/** The leaves below `node`, in order. */
export function leavesOf(node: ColumnNode): LeafNode[] {
  switch (node.kind) {
    case "leaf":
      return [node];
    case "struct":
      return node.children.flatMap(leavesOf);
    case "list":
      return leavesOf(node.item);
    case "map":
      return [...leavesOf(node.key), ...leavesOf(node.value)];
  }
}

interface Tree {
  readonly element: SchemaElement;
  readonly children: readonly Tree[];
  readonly path: readonly string[];
}

/** Deeper than any schema in use, and far from the end of the stack. */
const DEEPEST = 200;

class TreeBuilder {
  at = 0;
  readonly #schema: readonly SchemaElement[];

  constructor(schema: readonly SchemaElement[]) {
    this.#schema = schema;
  }

  tree(path: readonly string[] = []): Tree {
    const element = this.#schema[this.at++];
    if (element === undefined || path.length > DEEPEST) {
      throw new DamagedError("the schema's tree does not add up");
    }
    const isGroup = element.type === undefined;
    if (isGroup !== (element.childCount > 0) && path.length > 0) {
      throw new DamagedError(`the schema element "${element.name}" has neither type nor fields`);
    }
    const children: Tree[] = [];
    for (let i = 0; i < element.childCount; i++) {
      const name = this.#schema[this.at]?.name;
      children.push(this.tree([...path, name]));
    }
    return { element, children, path };
  }
}

interface Context {
  readonly defined: number;
  readonly slotDefined: number;
  readonly repeated: number;
}

function columnNode(tree: Tree, context: Context, leaves: { next: number }): ColumnNode {
  const { element } = tree;
  // A repeated field outside of a LIST or MAP is a list that is never NULL, of elements never NULL.
  if (element.repetition === "repeated") {
    const inside = elementContext(context);
    return {
      kind: "list",
      name: element.name,
      nullable: false,
      definedAt: context.defined,
      ...slot(context),
      elementDefined: inside.defined,
      item: required(tree, inside, leaves),
    };
  }
  const nullable = element.repetition === "optional";
  const defined = context.defined + (nullable ? 1 : 0);
  return annotated(tree, { ...context, defined }, leaves, nullable, slot(context));
}

/** A node whose own repetition is already in `context`. */
function required(tree: Tree, context: Context, leaves: { next: number }): ColumnNode {
  return annotated(tree, context, leaves, false, slot(context));
}

type Slot = Pick<NodeBase, "slotDefined" | "slotRepeated">;

function annotated(
  tree: Tree,
  context: Context,
  leaves: { next: number },
  nullable: boolean,
  slot: Slot,
): ColumnNode {
  const { element, children } = tree;
  const base = { name: element.name, nullable, definedAt: context.defined, ...slot };
  if (element.type !== undefined) {
    return {
      kind: "leaf",
      ...base,
      element,
      leaf: leaves.next++,
      path: tree.path,
      maxDefinition: context.defined,
      maxRepetition: context.repeated,
    };
  }
  const repeated = children.length === 1 && children[0].element.repetition === "repeated"
    ? children[0]
    : undefined;
  const inside = elementContext(context);
  if (repeated !== undefined && isMap(element) && repeated.children.length === 2) {
    const [key, value] = repeated.children;
    return {
      kind: "map",
      ...base,
      elementDefined: inside.defined,
      key: columnNode(key, inside, leaves),
      value: columnNode(value, inside, leaves),
    };
  }
  if (repeated !== undefined && (isMap(element) || isList(element))) {
    const item = isElement(repeated, element.name)
      ? required(repeated, inside, leaves)
      : columnNode(repeated.children[0], inside, leaves);
    return { kind: "list", ...base, elementDefined: inside.defined, item };
  }
  return {
    kind: "struct",
    ...base,
    element,
    children: children.map((child) => columnNode(child, context, leaves)),
  };
}

function slot({ slotDefined, repeated }: Context): Slot {
  return { slotDefined, slotRepeated: repeated };
}

function elementContext({ defined, repeated }: Context): Context {
  return { defined: defined + 1, slotDefined: defined + 1, repeated: repeated + 1 };
}

function isMap({ converted, logical }: SchemaElement): boolean {
  return logical?.kind === "map" || converted === "MAP" || converted === "MAP_KEY_VALUE";
}

function isList({ converted, logical }: SchemaElement): boolean {
  return logical?.kind === "list" || converted === "LIST";
}

/**
 * Whether the repeated field of a LIST is the element itself, as old writers had it, and not a group
 * around it.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md, backward-compatibility rules
 */
function isElement({ element, children }: Tree, listName: string): boolean {
  if (children.length !== 1) return true;
  if (element.name === "array" || element.name === `${listName}_tuple`) return true;
  return isList(element) || isMap(element) || children[0].element.repetition === "repeated";
}
