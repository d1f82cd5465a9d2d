/**
 * Types as DuckDB's `typeof` writes them.
 *
 * @module
 */
import {
  type DuckDBArrayType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
} from "@duckdb/node-api";

/** `DECIMAL(10,2)`, `STRUCT(a INTEGER, b VARCHAR[])`, `JSON`. */
export function typeText(type: DuckDBType): string {
  if (type.alias !== undefined) return type.alias;
  switch (type.typeId) {
    case DuckDBTypeId.SQLNULL:
      return `"NULL"`;
    case DuckDBTypeId.LIST:
      return `${typeText((type as DuckDBListType).valueType)}[]`;
    case DuckDBTypeId.ARRAY: {
      const { valueType, length } = type as DuckDBArrayType;
      return `${typeText(valueType)}[${length}]`;
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      return `STRUCT(${fields(entryNames, entryTypes)})`;
    }
    case DuckDBTypeId.UNION: {
      const { memberTags, memberTypes } = type as DuckDBUnionType;
      return `UNION(${fields(memberTags, memberTypes)})`;
    }
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType;
      return `MAP(${typeText(keyType)}, ${typeText(valueType)})`;
    }
    default:
      return type.toString();
  }
}

function fields(names: readonly string[], types: readonly DuckDBType[]): string {
  return types.map((type, i) => {
    if (names[i] === "") return typeText(type);
    const plain = /^[a-z_][a-z0-9_]*$/.test(names[i]);
    return `${plain ? names[i] : `"${names[i].replaceAll('"', '""')}"`} ${typeText(type)}`;
  }).join(", ");
}
