import type { ColumnType } from '../columns.js';
import { bibtex, slug, summary } from './citation.js';
import { facts } from './dataset-facts.js';
import { licences } from './licences.js';
import type { ExportFormat, Manifest, ManifestTable } from './manifest.js';
import type { RunFacts } from './run-facts.js';

type Json = Readonly<Record<string, unknown>>;

/** The standard context of Croissant 1.1, with the vocabularies of RAI and provenance. */
const context: Json = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  arrayShape: 'cr:arrayShape',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  containedIn: 'cr:containedIn',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  prov: 'http://www.w3.org/ns/prov#',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  description: { '@container': '@language' },
  equivalentProperty: 'cr:equivalentProperty',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isArray: 'cr:isArray',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  name: { '@container': '@language' },
  parentField: 'cr:parentField',
  path: 'cr:path',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  samplingRate: 'cr:samplingRate',
  sc: 'https://schema.org/',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform',
};

const dataTypes: Readonly<Record<Exclude<ColumnType, 'int4[]'>, string>> = {
  text: 'sc:Text',
  jsonb: 'sc:Text',
  bool: 'sc:Boolean',
  int4: 'cr:Int32',
  int8: 'cr:Int64',
  float8: 'cr:Float64',
  timestamptz: 'sc:DateTime',
};

const encodingFormats: Readonly<Record<ExportFormat, string>> = {
  // The name that Croissant's tools know.
  parquet: 'application/x-parquet',
  csv: 'text/csv',
  arrow: 'application/vnd.apache.arrow.file',
};

/**
 * The dataset's Croissant 1.1 description (MLCommons) with the fields of Croissant RAI 1.0. Records are read
 * from the first of the formats Parquet and CSV that was exported; mlcroissant reads no Arrow.
 */
export function croissant(manifest: Manifest, runs: readonly RunFacts[]): Json {
  const { publication, exportedAt, tables } = manifest;
  const { title, version, authors, licence, url } = publication;
  const told = facts(manifest, runs);
  const format = (['parquet', 'csv'] as const).find((one) =>
    tables.some(({ files }) => files.some((file) => file.format === one)),
  );
  return {
    '@context': context,
    '@type': 'sc:Dataset',
    conformsTo: ['http://mlcommons.org/croissant/1.1', 'http://mlcommons.org/croissant/RAI/1.0'],
    name: slug(title),
    alternateName: title,
    description: summary(runs.length),
    license: licences[licence],
    ...(url === undefined ? {} : { url }),
    creator: authors.map((name) => ({ '@type': 'sc:Person', name })),
    datePublished: exportedAt.slice(0, 10),
    dateCreated: told.firstStart.slice(0, 10),
    version,
    inLanguage: 'en',
    isLiveDataset: false,
    keywords: [
      'MLaaS',
      'federated learning',
      'quality of service',
      'service composition',
      'IoT',
      'simulation',
    ],
    citeAs: bibtex(manifest),
    'rai:dataCollection': told.collection,
    'rai:dataCollectionType': ['Software Collection', 'Experiments'],
    'rai:dataCollectionTimeFrame': [told.firstStart, told.lastEnd],
    'rai:dataCollectionMissingData': told.missingData,
    'rai:dataCollectionRawData': told.rawData,
    'rai:dataPreprocessingProtocol': [told.preprocessing],
    'rai:dataLimitations': told.limitations,
    'rai:dataBiases': told.biases,
    'rai:dataUseCases': told.useCases,
    'rai:dataSocialImpact': told.socialImpact,
    'rai:personalSensitiveInformation': [told.personalInformation],
    'rai:dataReleaseMaintenancePlan': told.maintenance,
    'rai:hasSyntheticData': true,
    'prov:wasGeneratedBy': {
      '@type': 'prov:Activity',
      name: 'Simulation of federated runs',
      description: told.collection,
      'prov:wasAssociatedWith': {
        '@type': 'prov:SoftwareAgent',
        name: 'mlaas-fleet',
        version: manifest.generator,
      },
    },
    distribution: tables.flatMap((table) => distribution(table, format)),
    recordSet: format === undefined ? [] : tables.map((table) => recordSet(table, format)),
  };
}

const fileSetId = (table: string, format: ExportFormat): string => `${table}-${format}`;

function distribution({ name, files }: ManifestTable, format: ExportFormat | undefined): Json[] {
  const objects = files.map((file) => ({
    '@type': 'cr:FileObject',
    '@id': file.path,
    name: file.path,
    description: `${file.rows} rows of ${name}`,
    contentUrl: file.path,
    contentSize: `${file.bytes} B`,
    encodingFormat: encodingFormats[file.format],
    sha256: file.sha256,
  }));
  if (format === undefined) return objects;
  return [
    ...objects,
    {
      '@type': 'cr:FileSet',
      '@id': fileSetId(name, format),
      name: fileSetId(name, format),
      description: `all files of ${name} in ${format}`,
      encodingFormat: encodingFormats[format],
      includes: `${format}/${name}/*.${format}`,
    },
  ];
}

function recordSet({ name, description, key, columns }: ManifestTable, format: ExportFormat): Json {
  return {
    '@type': 'cr:RecordSet',
    '@id': name,
    name,
    description,
    key: key.map((column) => ({ '@id': `${name}/${column}` })),
    field: columns.map((column) => ({
      '@type': 'cr:Field',
      '@id': `${name}/${column.name}`,
      name: column.name,
      description: `${column.description}${column.unit === undefined ? '' : ` [${column.unit}]`} (${column.provenance})`,
      ...fieldType(column.type, format),
      source: { fileSet: { '@id': fileSetId(name, format) }, extract: { column: column.name } },
    })),
  };
}

/** In CSV a list is JSON text. */
function fieldType(type: ColumnType, format: ExportFormat): Json {
  if (type !== 'int4[]') return { dataType: dataTypes[type] };
  return format === 'csv'
    ? { dataType: 'sc:Text' }
    : { dataType: 'cr:Int32', isArray: true, arrayShape: '-1' };
}
